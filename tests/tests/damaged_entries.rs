//! Promise 7, for what somebody else wrote under our keys: a miss, repaired by the next fill,
//! never a wrong value and never a panic.

use cache_runtime::{Cache, cached, with_cache};
use tests::{RedisServer, eventually, patient};

/// Every entry is overwritten with what `damage` makes of it; the calls must not notice.
async fn unharmed(damage: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), intact(&cache)).await;
    let entry = server
        .keys()
        .into_iter()
        .find(|key| key.contains(":e:"))
        .unwrap();
    let stored: Vec<u8> = server.cli(&["GET", &entry]);
    for damaged in damage(&stored) {
        if damaged == stored {
            continue;
        }
        let mut connection = server.connection();
        redis::cmd("SET")
            .arg(&entry)
            .arg(&damaged)
            .exec(&mut connection)
            .unwrap();
        with_cache(cache.clone(), intact(&cache)).await;
    }
}

/// The value is right, and from the second call on it is stored again.
async fn intact(cache: &Cache) {
    let expected: Vec<String> = (0..5).map(|n| format!("value {n}")).collect();
    assert_eq!(list().await, expected);
    let hits = cache.stats().hits;
    eventually("the entry is repaired", async || {
        assert_eq!(list().await, expected);
        cache.stats().hits > hits
    })
    .await;
}

#[cached(prefix = "damaged")]
async fn list() -> Vec<String> {
    (0..5).map(|n| format!("value {n}")).collect()
}

#[tokio::test]
async fn a_truncated_entry_is_a_miss() {
    unharmed(|stored| {
        (0..stored.len())
            .map(|length| stored[..length].to_vec())
            .collect()
    })
    .await;
}

#[tokio::test]
async fn an_entry_with_one_changed_byte_is_a_miss() {
    unharmed(|stored| {
        let changed = (0..stored.len()).map(|at| {
            let mut changed = stored.to_vec();
            changed[at] ^= 1 << (at % 8);
            changed
        });
        changed.collect()
    })
    .await;
}

#[tokio::test]
async fn random_bytes_under_our_key_are_a_miss() {
    unharmed(|stored| {
        let mut chance = fastrand::Rng::with_seed(7);
        let random = (0..200).map(|n| {
            // Half of them begin as an entry does.
            let mut bytes = if n % 2 == 0 {
                Vec::new()
            } else {
                stored[..stored.len() / 2].to_vec()
            };
            bytes.extend(std::iter::repeat_with(|| chance.u8(..)).take(n));
            bytes
        });
        random.collect()
    })
    .await;
}

#[tokio::test]
async fn a_key_of_another_kind_under_our_name_is_no_obstacle() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    with_cache(cache.clone(), intact(&cache)).await;
    for key in server.keys() {
        let _: u64 = server.cli(&["DEL", &key]);
        let _: u64 = server.cli(&["RPUSH", &key, "a list"]);
    }
    with_cache(cache, async {
        for _ in 0..3 {
            assert_eq!(list().await.len(), 5);
        }
    })
    .await;
}

/// An entry of one key, moved under another by hand.
#[tokio::test]
async fn an_entry_under_a_foreign_key_is_a_miss() {
    let server = RedisServer::start();
    let cache = patient(&server).connect().await.unwrap();
    let fill = async |id| {
        with_cache(cache.clone(), async {
            assert_eq!(numbered(id).await, id);
            assert_eq!(numbered(id).await, id);
        })
        .await;
    };
    fill(1).await;
    fill(2).await;
    let entries: Vec<String> = server
        .keys()
        .into_iter()
        .filter(|key| key.contains(":e:"))
        .collect();
    assert_eq!(entries.len(), 2, "{entries:?}");
    let first: Vec<u8> = server.cli(&["GET", &entries[0]]);
    let set = redis::cmd("SET")
        .arg(&entries[1])
        .arg(first)
        .exec(&mut server.connection());
    set.unwrap();
    fill(1).await;
    fill(2).await;
}

#[cached(prefix = "numbered")]
async fn numbered(id: u64) -> u64 {
    id
}
