//! Large values keyed by content: the bytes of a picture are the argument, its embedding
//! of 512 floats is the value. A hit is exact to the last bit, one changed bit of the picture
//! is another key, and no tenant profits from the pictures of another.
//!
//! ```text
//! cargo run --release -p examples --bin embeddings
//! ```

use std::time::{Duration, Instant};

use cache_runtime::{cached, current, with_tenant};
use serde::{Serialize, Serializer};

const DIMENSIONS: u64 = 512;

/// Bytes that serde is told of as bytes. A plain `&[u8]` works as well, but serde takes it for
/// a list of numbers, which makes the key slower to build.
#[derive(Clone)]
struct Picture(Vec<u8>);

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// `ttl = never`: these bytes will always have this embedding. With another model the value
/// gets another meaning, and `version` is what to raise then.
#[cached(ttl = never, prefix = "embedding", version = 1)]
async fn embed(picture: &Picture) -> Vec<f32> {
    let picture = picture.clone();
    tokio::task::spawn_blocking(move || project(&picture))
        .await
        .unwrap_or_default()
}

/// Stands for the model: a random projection, in which every byte counts in every dimension.
fn project(Picture(bytes): &Picture) -> Vec<f32> {
    let mut vector: Vec<f32> = (0..DIMENSIONS)
        .map(|dimension| {
            let mut random = dimension + 1;
            let weighted = bytes.iter().map(|byte| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                f32::from(*byte) * (f32::from(random as u16) - 32_767.5)
            });
            weighted.sum()
        })
        .collect();
    let length = dot(&vector, &vector).sqrt();
    vector.iter_mut().for_each(|x| *x /= length);
    vector
}

#[tokio::main]
async fn main() -> Result<(), cache_runtime::Error> {
    cache_runtime::init_from_env().await?;
    let picture = Picture((0..100_000_u64).map(|i| (i * i % 251) as u8).collect());
    let mut retouched = picture.clone();
    retouched.0[70_000] ^= 1;

    let embedding = with_tenant("acme", async {
        let key: String = embed::key(&picture).to_string().chars().take(32).collect();
        println!("the key of {} bytes: {key}…", picture.0.len());
        let (first, cold) = timed(embed(&picture)).await;
        let (again, warm) = timed(embed(&picture)).await;
        println!("{} floats: first {cold:.1?}, again {warm:.1?}", again.len());
        assert_eq!(
            bits(&first),
            bits(&again),
            "a hit is the value, to the last bit"
        );

        let other = embed(&retouched).await;
        println!("one bit retouched: likeness {:.7}", dot(&first, &other));
        assert_ne!(bits(&first), bits(&other), "another picture, another value");
        first
    })
    .await;

    let before = current().stats().runs;
    let elsewhere = with_tenant("globex", embed(&picture)).await;
    println!(
        "the same picture in another tenant: {} run",
        current().stats().runs - before
    );
    assert_eq!(bits(&embedding), bits(&elsewhere));

    // What never expires would stay in a Redis that was only lent to an example.
    with_tenant("globex", embed::invalidate(&picture)).await?;
    with_tenant("acme", embed::invalidate(&picture)).await?;
    with_tenant("acme", embed::invalidate(&retouched)).await?;
    Ok(())
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let output = work.await;
    (output, begun.elapsed())
}

fn bits(vector: &[f32]) -> Vec<u32> {
    vector.iter().map(|x| x.to_bits()).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
