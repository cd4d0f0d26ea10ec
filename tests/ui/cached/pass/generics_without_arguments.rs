#![deny(warnings)]

use cache_runtime::cached;

trait Named {
    const NAME: &'static str;
}

struct A;
struct B;

impl Named for A {
    const NAME: &'static str = "a";
}

impl Named for B {
    const NAME: &'static str = "b";
}

#[cached]
async fn name<T: Named>() -> String {
    T::NAME.to_owned()
}

#[tokio::main]
async fn main() {
    assert_eq!(name::<A>().await, "a");
    assert_eq!(name::<B>().await, "b");
    assert_ne!(name::key::<A>(), name::key::<B>());
}
