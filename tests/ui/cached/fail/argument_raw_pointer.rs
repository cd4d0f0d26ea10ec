use cache_runtime::cached;

#[cached]
fn load(at: *const u8) -> bool {
    at.is_null()
}

fn main() {}
