//! A process of a chaos run: it reads and invalidates until it is told to stop, or killed.

use std::path::Path;
use std::sync::Arc;

use super::{ours, text};
use crate::checker::{
    Load, Mutations, NaiveRedis, Ours, Readers, Report, Share, Source, Subject, Truth,
};
use crate::worker::{say, told};

/// Does what the driver says in lines, if these are the arguments of such a process.
pub async fn work(arguments: &[String]) -> bool {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ["work", subject, url, truth, load, mine, of] = words[..] else {
        return false;
    };
    let load: Load = serde_json::from_str(load).expect("a load");
    let number = |text: &str| text.parse().expect("a number");
    let (mine, of) = (number(mine), number(of));
    let truth = Path::new(truth);
    match subject {
        "naive" => {
            serve(
                NaiveRedis::connect(url).await,
                truth,
                load,
                Share { mine, of },
            )
            .await
        }
        _ => serve(Ours(ours(url).await), truth, load, Share { mine, of }).await,
    }
    true
}

/// What such a process is started with.
pub(super) fn arguments(
    subject: &str,
    url: &str,
    truth: &Path,
    load: &Load,
    share: Share,
) -> Vec<String> {
    let load = serde_json::to_string(load).expect("a plain struct");
    let (mine, of) = (share.mine.to_string(), share.of.to_string());
    ["work", subject, url, text(truth), &load, &mine, &of]
        .map(str::to_owned)
        .to_vec()
}

async fn serve(subject: impl Subject, truth: &Path, load: Load, share: Share) {
    let subject = Arc::new(subject);
    let source = Source::new(Truth::open(truth), load.clone());
    let readers = Readers::start(&subject, &source);
    let mutations = Mutations::start(&subject, &source, share);
    say("ready");
    loop {
        match told().await.as_str() {
            "hits" => say(subject.hits()),
            "report" => {
                let mut report = readers.so_far(&*subject, &source);
                report.add(&mutations.so_far());
                tell(&report);
            }
            "hold" => {
                let holding = Source::that_holds(Truth::open(truth), load.clone());
                holding.hold(&subject).await;
                say("holding");
            }
            "stop" => {
                let mut report = readers.stop(&*subject, &source).await;
                report.add(&mutations.stop().await);
                return tell(&report);
            }
            other => panic!("no such order: {other:?}"),
        }
    }
}

fn tell(report: &Report) {
    say(serde_json::to_string(report).expect("a plain struct"));
}
