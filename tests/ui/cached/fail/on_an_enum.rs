use cache_runtime::cached;

#[cached]
enum Status {
    Passed,
    Failed,
}

fn main() {}
