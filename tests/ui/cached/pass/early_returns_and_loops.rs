#![deny(warnings)]

use cache_runtime::cached;

#[cached]
async fn first_even(numbers: Vec<u64>) -> Option<u64> {
    for number in numbers {
        if number % 2 == 0 {
            return Some(number);
        }
    }
    None
}

#[tokio::main]
async fn main() {
    assert_eq!(first_even(vec![1, 4, 6]).await, Some(4));
}
