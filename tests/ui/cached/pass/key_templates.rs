#![deny(warnings)]

use cache_runtime::cached;

#[derive(serde::Serialize)]
struct Filter {
    owner: Owner,
    pair: (u8, u8),
}

#[derive(serde::Serialize)]
struct Owner {
    id: u64,
}

#[cached(
    prefix = "cases:open",
    key = "list-{{x}}:{offset},{limit}:{filter.owner.id}:{filter.pair.1}"
)]
async fn list(offset: u32, limit: u32, filter: &Filter) -> Vec<u64> {
    vec![u64::from(offset), u64::from(limit), filter.owner.id]
}

#[cached(prefix = "cases", key = "all")]
async fn all() -> Vec<u64> {
    vec![]
}

fn main() {
    let filter = Filter {
        owner: Owner { id: 7 },
        pair: (1, 2),
    };
    assert_eq!(
        list::key(0, 20, &filter).to_string(),
        "cases:open:list-{x}:0,20:7:2"
    );
    assert_eq!(all::key().to_string(), "cases:all");
    let _ = (list(0, 20, &filter), all());
}
