//! The service over HTTP. Two layers do what no handler should have to think of: one puts
//! the request into its tenant, the other says whether the cache had the answer.

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use cache_runtime::with_tenant;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::database::{Db, ServiceError, counting_reads};
use crate::model::{
    Case, Day, Execution, ExecutionFilter, ExecutionReport, KindCount, Page, Stats, Status, Suite,
    SuiteDraft, SuiteStats,
};
use crate::service::{executions, statistics, suites};

type Answer<T> = Result<Json<T>, ServiceError>;

pub(crate) fn router(db: Db) -> Router {
    Router::new()
        .route("/suites", get(list_suites).post(create_suite))
        .route(
            "/suites/{id}",
            get(get_suite).put(update_suite).delete(delete_suite),
        )
        .route("/suites/{id}/cases", get(suite_cases))
        .route("/suites/{id}/stats", get(suite_stats))
        .route("/executions", get(list_executions).post(record_execution))
        .route("/dashboard/stats", get(dashboard_stats))
        .route("/dashboard/trends", get(dashboard_trends))
        .route("/dashboard/recent", get(recent_executions))
        .route("/dashboard/distribution", get(case_distribution))
        .route_layer(from_fn(tell_outcome))
        .route_layer(from_fn(within_tenant))
        // What follows belongs to whoever runs the service, not to a tenant.
        .route("/cache/metrics", get(metrics))
        .route("/cache/tenant/{tenant}", delete(clear_tenant))
        .route("/cache/all", delete(clear_all))
        .with_state(db)
}

/// Everything a request does, it does as its tenant: each key that is built on the way and
/// each row that is read. A real service would take the tenant from a verified token.
async fn within_tenant(request: Request, next: Next) -> Response {
    let tenant = request
        .headers()
        .get("x-tenant")
        .and_then(|value| value.to_str().ok());
    match tenant
        .map(str::to_owned)
        .filter(|tenant| !tenant.is_empty())
    {
        Some(tenant) => with_tenant(tenant, next.run(request)).await,
        None => problem(
            StatusCode::BAD_REQUEST,
            "say whose data you want: `x-tenant: acme`",
        ),
    }
}

/// `x-cache: hit` if this very request sent nothing to the database, otherwise `miss`.
async fn tell_outcome(request: Request, next: Next) -> Response {
    let reads_only = request.method() == Method::GET;
    let (mut response, reads) = counting_reads(next.run(request)).await;
    if reads_only && response.status().is_success() {
        let outcome = if reads == 0 { "hit" } else { "miss" };
        response
            .headers_mut()
            .insert("x-cache", HeaderValue::from_static(outcome));
    }
    response
}

/// `?skip=20&limit=10`, kept within bounds before it becomes a key: what a client may
/// choose freely, a client may also use to fill the cache.
#[derive(Deserialize)]
struct Paging {
    #[serde(default)]
    skip: u32,
    limit: Option<u32>,
}

impl Paging {
    fn page(&self) -> Page {
        Page {
            skip: self.skip,
            limit: self.limit.unwrap_or(20).clamp(1, 100),
        }
    }
}

#[derive(Deserialize)]
struct ExecutionQuery {
    suite: Option<u64>,
    status: Option<Status>,
    #[serde(default)]
    skip: u32,
    limit: Option<u32>,
}

#[derive(Deserialize)]
struct TrendQuery {
    days: Option<u32>,
}

async fn list_suites(State(db): State<Db>, Query(paging): Query<Paging>) -> Answer<Vec<Suite>> {
    suites::list_suites(&db, paging.page()).await.map(Json)
}

async fn get_suite(State(db): State<Db>, Path(id): Path<u64>) -> Answer<Suite> {
    suites::get_suite(&db, id).await.map(Json)
}

async fn create_suite(
    State(db): State<Db>,
    Json(draft): Json<SuiteDraft>,
) -> Result<(StatusCode, Json<Suite>), ServiceError> {
    Ok((
        StatusCode::CREATED,
        Json(suites::create_suite(&db, draft).await?),
    ))
}

async fn update_suite(
    State(db): State<Db>,
    Path(id): Path<u64>,
    Json(draft): Json<SuiteDraft>,
) -> Answer<Suite> {
    suites::update_suite(&db, id, draft).await.map(Json)
}

async fn delete_suite(
    State(db): State<Db>,
    Path(id): Path<u64>,
) -> Result<StatusCode, ServiceError> {
    suites::delete_suite(&db, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn suite_cases(State(db): State<Db>, Path(id): Path<u64>) -> Answer<Vec<Case>> {
    suites::suite_cases(&db, id).await.map(Json)
}

async fn suite_stats(State(db): State<Db>, Path(id): Path<u64>) -> Answer<SuiteStats> {
    statistics::suite_stats(&db, id).await.map(Json)
}

async fn list_executions(
    State(db): State<Db>,
    Query(query): Query<ExecutionQuery>,
) -> Answer<Vec<Execution>> {
    let filter = ExecutionFilter {
        suite: query.suite,
        status: query.status,
    };
    let page = Paging {
        skip: query.skip,
        limit: query.limit,
    }
    .page();
    executions::list_executions(&db, filter, page)
        .await
        .map(Json)
}

async fn record_execution(
    State(db): State<Db>,
    Json(report): Json<ExecutionReport>,
) -> Result<(StatusCode, Json<Execution>), ServiceError> {
    Ok((
        StatusCode::CREATED,
        Json(executions::record_execution(&db, report).await?),
    ))
}

async fn dashboard_stats(State(db): State<Db>) -> Answer<Stats> {
    statistics::dashboard_stats(&db).await.map(Json)
}

async fn dashboard_trends(
    State(db): State<Db>,
    Query(query): Query<TrendQuery>,
) -> Answer<Vec<Day>> {
    let days = query.days.unwrap_or(30).clamp(1, 365);
    statistics::dashboard_trends(&db, days).await.map(Json)
}

async fn recent_executions(
    State(db): State<Db>,
    Query(paging): Query<Paging>,
) -> Answer<Vec<Execution>> {
    statistics::recent_executions(&db, paging.page().limit)
        .await
        .map(Json)
}

async fn case_distribution(State(db): State<Db>) -> Answer<Vec<KindCount>> {
    statistics::case_distribution(&db).await.map(Json)
}

/// What the cache did so far, and what reached the database all the same.
async fn metrics(State(db): State<Db>) -> Json<Value> {
    let cache = cache_runtime::current();
    let (stats, health) = (cache.stats(), cache.health());
    let total = stats.hits + stats.misses;
    let hit_rate = if total == 0 {
        0.0
    } else {
        100.0 * stats.hits as f64 / total as f64
    };
    Json(json!({
        "store": health.store,
        "connected": health.connected,
        "hits": stats.hits,
        "misses": stats.misses,
        "total_requests": total,
        "hit_rate_percent": (hit_rate * 100.0).round() / 100.0,
        "joined": stats.joined,
        "bypassed": stats.bypassed,
        "runs": stats.runs,
        "invalidations": stats.invalidations,
        "errors": stats.errors,
        "database_reads": db.reads(),
    }))
}

async fn clear_tenant(Path(tenant): Path<String>) -> Response {
    let message = format!("cleared the cache of tenant {tenant}");
    cleared(cache_runtime::current().clear_tenant(tenant).await, message)
}

async fn clear_all() -> Response {
    cleared(
        cache_runtime::current().clear_all().await,
        "cleared the whole cache".to_owned(),
    )
}

/// An error here means "not yet": the invalidation is kept until the store can be reached.
fn cleared(outcome: Result<(), cache_runtime::Error>, message: String) -> Response {
    match outcome {
        Ok(()) => Json(json!({ "success": true, "message": message })).into_response(),
        Err(error) => problem(StatusCode::SERVICE_UNAVAILABLE, &error.to_string()),
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound(..) => StatusCode::NOT_FOUND,
            Self::Rejected(_) => StatusCode::BAD_REQUEST,
            Self::Database(_) | Self::GivenUp(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        problem(status, &self.to_string())
    }
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}
