//! Without attributes: `get`, `put`, `remove` and `get_or_fetch` on a path of one's own,
//! the lifetimes there are, and the same from code that is not async.
//!
//! ```text
//! cargo run -p examples --bin by_hand
//! ```

use std::convert::Infallible;
use std::time::Duration;

use cache_runtime::{Cache, Clock, Ttl, ttl};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Profile {
    name: String,
    visits: u32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A clock that is turned by hand shows the passing of an hour without waiting for it.
    let clock = Clock::manual();
    let cache = Cache::builder()
        .memory()
        .clock(clock.clone())
        .connect()
        .await?;
    let ada = Profile {
        name: "Ada".to_owned(),
        visits: 1,
    };

    cache.put("profile:1", &ada, ttl::MEDIUM).await?;
    let found: Option<Profile> = cache.get("profile:1").await?;
    println!("put, get:          {found:?}");
    assert_eq!(found, Some(ada.clone()));

    cache.remove("profile:1").await?;
    let found: Option<Profile> = cache.get("profile:1").await?;
    println!("remove, get:       {found:?}");
    assert_eq!(found, None);

    // The fetcher runs at most once, however many ask at the same time.
    for _ in 0..3 {
        let profile = cache
            .get_or_fetch("profile:1", ttl::SHORT, || async {
                println!("get_or_fetch:      fetched");
                Ok::<_, Infallible>(Profile {
                    name: "Ada".to_owned(),
                    visits: 2,
                })
            })
            .await?;
        println!("get_or_fetch:      {profile:?}");
    }

    cache
        .put("session:1", &"short".to_owned(), ttl::SHORT)
        .await?;
    cache
        .put("session:2", &"long".to_owned(), ttl::LONG)
        .await?;
    cache
        .put("session:3", &"as said".to_owned(), Duration::from_secs(90))
        .await?;
    cache
        .put("session:4", &"for ever".to_owned(), Ttl::Never)
        .await?;
    for passed in [61, 30, 3600] {
        clock.advance(Duration::from_secs(passed));
        let mut alive = Vec::new();
        for path in ["session:1", "session:2", "session:3", "session:4"] {
            alive.extend(cache.get::<String>(path).await?);
        }
        println!("{passed:>4} s later:      {}", alive.join(", "));
    }

    // Everything below a level at once; what lies elsewhere stays.
    cache.put("profile:2", &ada, Ttl::Default).await?;
    cache.invalidate("session:*").await?;
    let session: Option<String> = cache.get("session:4").await?;
    let profile: Option<Profile> = cache.get("profile:2").await?;
    println!(
        "session:* dropped: {session:?}, {:?}",
        profile.map(|profile| profile.name)
    );

    // From a thread that knows no executor.
    let blocking = cache.blocking();
    let counted = std::thread::spawn(move || {
        blocking.put("profile:3", &7_u32, ttl::EXTENDED)?;
        blocking.get::<u32>("profile:3")
    });
    let counted = counted.join().map_err(|_| "the thread panicked")??;
    println!("from a thread:     {counted:?}");
    assert_eq!(counted, Some(7));
    Ok(())
}
