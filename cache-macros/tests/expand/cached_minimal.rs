#[cached]
async fn get_suite(id: u64) -> Suite {
    load(id).await
}
