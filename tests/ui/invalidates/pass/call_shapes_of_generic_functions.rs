#![deny(warnings)]

use cache_runtime::{cached, invalidates};

#[cached]
async fn name<T>(id: u64) -> String {
    format!("{}{id}", std::any::type_name::<T>())
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: 'static + Send + Sync> Table<T> {
    #[cached(skip(self))]
    async fn size(&self, id: u64) -> u64 {
        id
    }
}

#[invalidates(name::<T>(id), name::<u8>(..), Table::<T>::size(id), Table::<u8>::size(..))]
async fn change<T: 'static + Send + Sync>(id: u64) {
    let _ = id;
}

#[tokio::main]
async fn main() {
    let _ = (
        name::<u8>(1).await,
        Table::<u8>(std::marker::PhantomData).size(1).await,
    );
    change::<u16>(1).await;
}
