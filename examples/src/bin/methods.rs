//! Methods: which part of `self` counts is written in the key, never guessed. Also
//! `Arc<Self>` and methods of an `async_trait`.
//!
//! ```text
//! cargo run -p examples --bin methods
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use cache_runtime::{Cache, cached, invalidates};

static RUNS: AtomicU32 = AtomicU32::new(0);

struct Bank {
    region: &'static str,
}

impl Bank {
    /// Two banks of one region share this entry, those of another region do not.
    #[cached(ttl = 60, prefix = "bank", key = "balance:{self.region}:{account}")]
    async fn balance(&self, account: u64) -> u64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        account * 100
    }

    /// The receiver may be shared; `skip(self)` says that every instance answers alike.
    #[cached(ttl = 60, prefix = "bank", skip(self))]
    async fn holidays(self: Arc<Self>, year: u32) -> Vec<String> {
        RUNS.fetch_add(1, Ordering::Relaxed);
        vec![format!("{year}-01-01"), format!("{year}-12-25")]
    }

    /// A method is named with its type, and gets `self` as far as its key names it.
    #[invalidates(Self::balance(self, account))]
    async fn deposit(&self, account: u64, amount: u64) -> u64 {
        account * 100 + amount
    }
}

#[async_trait]
trait Rates {
    async fn rate(&self, from: &str, to: &str) -> f64;
}

#[async_trait]
impl Rates for Bank {
    /// Nothing can be added to an impl of a trait, so this one has no companion functions.
    #[cached(ttl = "1h", prefix = "bank", key = "rate:{from},{to}", skip(self), companion = none)]
    async fn rate(&self, from: &str, to: &str) -> f64 {
        RUNS.fetch_add(1, Ordering::Relaxed);
        from.len() as f64 / to.len() as f64
    }
}

#[tokio::main]
async fn main() -> Result<(), cache_runtime::Error> {
    cache_runtime::init(Cache::builder().memory().connect().await?)?;

    let [north, also_north, south] =
        ["north", "north", "south"].map(|region| Arc::new(Bank { region }));

    for bank in [&north, &also_north, &south] {
        bank.balance(7).await;
    }
    report("one account at three banks in two regions", 2);
    println!("its key in the north: {}", Bank::balance_key(&north, 7));

    north.deposit(7, 50).await;
    for bank in [&north, &also_north, &south] {
        bank.balance(7).await;
    }
    report("after a deposit in the north", 1);

    Arc::clone(&north).holidays(2030).await;
    Arc::clone(&south).holidays(2030).await;
    report("holidays, whoever is asked", 1);

    let banks: [&dyn Rates; 2] = [&*north, &*south];
    for bank in banks {
        bank.rate("EUR", "CHF").await;
    }
    report("a method of a trait object, asked twice", 1);

    Bank::balance_invalidate(&north, 7).await?;
    north.balance(7).await;
    report("its entry dropped by hand", 1);
    Ok(())
}

fn report(what: &str, expected: u32) {
    let runs = RUNS.swap(0, Ordering::Relaxed);
    println!("{what}: {runs} run(s)");
    assert_eq!(runs, expected, "{what}");
}
