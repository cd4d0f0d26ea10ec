#![deny(warnings)]

use cache_runtime::cached;
use std::marker::PhantomData;

struct Table<T>(PhantomData<T>);

impl<T: 'static> Table<T> {
    #[cached(skip(self))]
    fn name(&self) -> String {
        std::any::type_name::<T>().to_owned()
    }
}

fn main() {
    assert_eq!(Table::<u8>(PhantomData).name(), "u8");
    assert_eq!(Table::<u16>(PhantomData).name(), "u16");
    assert_ne!(Table::<u8>::name_key(), Table::<u16>::name_key());
}
