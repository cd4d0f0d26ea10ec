#[cached(
    ttl = "5m",
    prefix = "suite",
    key = "list:{offset},{filter.owner}",
    skip(db),
    tenant = filter.tenant,
    tags = ["project:{filter.project}"],
    invalidate_on = "suite.updated",
    when = |suites| !suites.is_empty(),
    cache_none,
    version = 2
)]
pub(crate) fn list_suites(db: &Db, offset: u32, filter: &Filter) -> Result<Vec<Suite>, DbError> {
    db.list(offset, filter)
}
