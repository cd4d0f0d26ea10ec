//! The tour: calls the service as its users would, shows what the cache did, and checks
//! each time that the answer was the right one.

mod client;
mod guide;
mod measure;
mod report;

use std::time::Instant;

use axum::http::StatusCode;
use cache_runtime::{ttl, with_tenant};
use serde_json::json;
use tokio::task::JoinSet;

use client::{Failure, Outcome};
use guide::Guide;
use report::milliseconds;

const STATS: &str = "/dashboard/stats";
const TRENDS: &str = "/dashboard/trends?days=30";
const RECENT: &str = "/dashboard/recent?limit=10";
const DISTRIBUTION: &str = "/dashboard/distribution";
const SUITES: &str = "/suites?skip=0&limit=20";
const FAILED: &str = "/executions?suite=7&status=failed&limit=20";

/// What a dashboard's front page and one suite's page ask for.
const PAGES: [&str; 9] = [
    STATS,
    TRENDS,
    RECENT,
    DISTRIBUTION,
    SUITES,
    "/suites/7",
    "/suites/7/cases",
    "/suites/7/stats",
    FAILED,
];

/// How many ask for the same cold page at once.
const CROWD: usize = 50;

/// Goes through all chapters. `true`: every expectation held.
pub(crate) async fn tour(url: &str) -> Result<bool, Failure> {
    if !keeps_values().await {
        let health = cache_runtime::current().health();
        return Err(format!(
            "the tour shows a cache at work, and this one keeps nothing: \
             switched off, or without its store ({health})"
        )
        .into());
    }
    let mut guide = Guide::new(url);
    cold_and_warm(&mut guide).await?;
    an_execution_is_recorded(&mut guide).await?;
    a_suite_is_renamed(&mut guide).await?;
    a_suite_comes_and_goes(&mut guide).await?;
    two_tenants(&mut guide).await?;
    a_crowd(&mut guide).await?;
    measure::summary(&mut guide).await?;
    Ok(guide.conclude())
}

/// The service runs well without a cache, but there would be nothing to see.
async fn keeps_values() -> bool {
    with_tenant("acme", async {
        let cache = cache_runtime::current();
        cache.put("tour:probe", &true, ttl::SHORT).await.is_ok()
            && matches!(cache.get("tour:probe").await, Ok(Some(true)))
    })
    .await
}

async fn cold_and_warm(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter("Cold: the database answers");
    guide.forget("acme").await?;
    let mut cold = Vec::new();
    for page in PAGES {
        cold.push(guide.miss("acme", page).await?);
    }
    guide.chapter("Warm: the cache answers, with the same values");
    for (page, cold) in PAGES.iter().zip(cold) {
        let warm = guide.hit("acme", page).await?;
        guide.expect(warm == cold, "a hit equals the computed value");
    }
    Ok(())
}

async fn an_execution_is_recorded(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter("A write: suite 7 fails once more. What counts executions is stale …");
    guide.miss("acme", "/suites/8/stats").await?;
    let stats = guide.hit("acme", STATS).await?;
    let suite = guide.hit("acme", "/suites/7/stats").await?;
    let cases = guide.hit("acme", "/suites/7/cases").await?;

    let report = json!({ "case": cases[0]["id"], "status": "failed", "duration_ms": 1234 });
    let recorded = guide.post("acme", "/executions", &report).await?;

    let stats_now = guide.miss("acme", STATS).await?;
    guide.expect_one_more(&stats, &stats_now, "executions");
    let suite_now = guide.miss("acme", "/suites/7/stats").await?;
    guide.expect_one_more(&suite, &suite_now, "failed");
    guide.miss("acme", TRENDS).await?;
    let newest = guide.miss("acme", RECENT).await?;
    guide.expect(newest[0] == recorded, "the newest execution comes first");
    let failed = guide.miss("acme", FAILED).await?;
    guide.expect(failed[0] == recorded, "the failed execution is listed");

    guide.chapter("… and the rest stays");
    guide.hit("acme", "/suites/8/stats").await?;
    guide.hit("acme", "/suites/7").await?;
    guide.hit("acme", "/suites/7/cases").await?;
    guide.hit("acme", SUITES).await?;
    guide.hit("acme", DISTRIBUTION).await?;
    Ok(())
}

async fn a_suite_is_renamed(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter("Another write: suite 7 is renamed. What names it is stale …");
    guide.miss("acme", "/suites/8").await?;
    let before = guide.hit("acme", "/suites/7").await?;
    let draft = json!({ "name": "Renamed", "owner": before["owner"] });
    let renamed = guide.put("acme", "/suites/7", &draft).await?;

    let suite = guide.miss("acme", "/suites/7").await?;
    guide.expect(suite == renamed, "the suite has its new name");
    let suites = guide.miss("acme", SUITES).await?;
    guide.expect(suites[6] == renamed, "the list shows the new name");
    guide.miss("acme", STATS).await?;

    guide.chapter("… and the rest stays");
    guide.hit("acme", "/suites/8").await?;
    guide.hit("acme", "/suites/7/cases").await?;
    guide.hit("acme", "/suites/7/stats").await?;
    guide.hit("acme", TRENDS).await?;

    // As it was, for whoever goes on the tour next with the same data.
    guide.put("acme", "/suites/7", &before).await?;
    Ok(())
}

async fn a_suite_comes_and_goes(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter("A suite is created and deleted: never seen too late, never too long");
    let draft = json!({ "name": "Smoke", "owner": "delta" });
    let created = guide.post("acme", "/suites", &draft).await?;
    let page = format!("/suites/{}", created["id"]);
    let suite = guide.miss("acme", &page).await?;
    guide.expect(suite == created, "the new suite is found");
    guide.hit("acme", &page).await?;
    guide.delete("acme", &page).await?;
    guide
        .refused(Some("acme"), &page, StatusCode::NOT_FOUND)
        .await
}

async fn two_tenants(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter("Two tenants side by side: same paths, nothing in common");
    guide.forget("globex").await?;
    let acme = guide.miss("acme", STATS).await?;
    let globex = guide.miss("globex", STATS).await?;
    guide.expect(
        acme["executions"] != globex["executions"],
        "each tenant sees its own figures",
    );
    guide.miss("acme", "/suites/7").await?;
    guide
        .refused(Some("globex"), "/suites/7", StatusCode::NOT_FOUND)
        .await?;
    guide
        .refused(None, "/suites/7", StatusCode::BAD_REQUEST)
        .await?;

    let cases = guide.hit("acme", "/suites/7/cases").await?;
    let report = json!({ "case": cases[0]["id"], "status": "passed", "duration_ms": 321 });
    guide.post("acme", "/executions", &report).await?;
    let acme_now = guide.miss("acme", STATS).await?;
    guide.expect_one_more(&acme, &acme_now, "passed");
    let globex_now = guide.hit("globex", STATS).await?;
    guide.expect(
        globex == globex_now,
        "a write of one tenant leaves the other alone",
    );
    Ok(())
}

async fn a_crowd(guide: &mut Guide) -> Result<(), Failure> {
    guide.chapter(&format!(
        "A crowd: {CROWD} requests at once for {STATS}, which is cold"
    ));
    guide.forget("acme").await?;
    let reads_before = guide.database_reads().await?;
    let begun = Instant::now();
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let client = guide.client.clone();
        crowd.spawn(async move { client.get(Some("acme"), STATS).await });
    }
    let answers = crowd
        .join_all()
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let time = milliseconds(begun.elapsed());
    let reads = guide.database_reads().await? - reads_before;

    let computed = answers
        .iter()
        .filter(|answer| answer.outcome == Outcome::Miss)
        .count();
    guide.note(&format!(
        "{computed} of them asked the database, {reads} time in all"
    ));
    guide.note(&format!(
        "{} waited for that result; everybody had it after {time}",
        CROWD - computed
    ));
    guide.expect(
        computed == 1 && reads == 1,
        "the statistics were computed once",
    );
    let first = &answers[0];
    let alike = answers.iter().all(|answer| answer.body == first.body);
    guide.expect(
        alike && first.status == StatusCode::OK,
        "all got the same answer",
    );
    Ok(())
}
