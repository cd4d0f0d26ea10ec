#![deny(warnings)]

use cache_runtime::cached;
use std::cell::Cell;
use std::sync::Arc;

struct Db(Cell<u8>);

#[cached(skip(db), tags = ["id:{id}"], invalidate_on = "changed:{id}", tenant = format!("t{id}"))]
async fn load(db: Arc<std::sync::Mutex<Db>>, id: u64) -> Result<u64, String> {
    let size = u64::from(db.lock().unwrap().0.get());
    tokio::task::yield_now().await;
    Ok(id + size)
}

struct NotSync(Cell<u64>);

#[cached(key = "{id}", skip(state))]
async fn with_state(state: NotSync, id: u64) -> u64 {
    let start = state.0.get();
    tokio::task::yield_now().await;
    id + start
}

fn send<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::main]
async fn main() {
    let db = Arc::new(std::sync::Mutex::new(Db(Cell::new(1))));
    assert_eq!(send(load(db.clone(), 1)).await, Ok(2));
    assert_eq!(send(load::refresh(db.clone(), 1)).await, Ok(2));
    assert_eq!(send(load::uncached(db, 1)).await, Ok(2));
    send(load::invalidate(1)).await.unwrap();
    assert_eq!(send(with_state(NotSync(Cell::new(1)), 1)).await, 2);
}
