#[invalidates("suite:{id}", list_suites(..))]
async fn rename_suite(id: u64, name: String) -> Result<(), DbError> {
    rename(id, name).await
}
