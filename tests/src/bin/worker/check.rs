//! Readers of the consistency checker.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cache_runtime::Cache;
use tests::checker::{Load, NaiveRedis, Ours, Readers, Source, Subject, Truth};

use crate::{say, told, variable};

pub(crate) async fn run(which: &str, truth: &str, load: &str) {
    let load: Load = serde_json::from_str(load).expect("a load");
    let source = Source::new(Truth::open(Path::new(truth)), load);
    let url = variable("REDIS_URL");
    if which == "naive" {
        read(NaiveRedis::connect(&url).await, source).await;
    } else {
        let cache = Cache::builder().redis(url).budget(Duration::from_secs(10));
        read(Ours(cache.connect().await.expect("a URL")), source).await;
    }
}

async fn read(subject: impl Subject, source: Arc<Source>) {
    let subject = Arc::new(subject);
    say("ready");
    assert_eq!(told().await, "go");
    let readers = Readers::start(&subject, &source);
    while told().await == "reads" {
        say(readers.reads());
    }
    let report = readers.stop(&*subject, &source).await;
    say(serde_json::to_string(&report).expect("a plain struct"));
}
