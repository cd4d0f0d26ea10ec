#[invalidates(
    get_suite(id),
    Suites::by_name(&project, ok.name),
    "project:{project}:{ok.id}",
    tags = ["kind:{ok.kind}"],
    events = ["suite.updated:{ok.id}"],
    tenant = shared,
    when = always
)]
fn create_suite(id: u64, project: String) -> Result<Suite, DbError> {
    create(id, project)
}
