#![deny(warnings)]

use cache_runtime::invalidates;

struct Names(Vec<String>);

impl Names {
    #[invalidates("names:*")]
    async fn push(&mut self, name: &str) -> &String {
        self.0.push(name.to_owned());
        &self.0[0]
    }

    #[invalidates("names:{ok}")]
    fn push_now<'a>(&'a mut self, name: &str) -> Option<&'a str> {
        self.0.push(name.to_owned());
        self.0.first().map(String::as_str)
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(Names(vec![]).push("a").await, "a");
    let pushed = tokio::task::spawn_blocking(|| Names(vec![]).push_now("b").map(str::len));
    assert_eq!(pushed.await.unwrap(), Some(1));
}
