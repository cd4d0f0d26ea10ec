use cache_runtime::cached;

#[cached]
fn load(names: &[String]) -> Option<&String> {
    names.first()
}

fn main() {}
