use cache_runtime::cached;

#[cached]
async fn load(log: &mut Vec<u64>, id: u64) -> u64 {
    log.push(id);
    id
}

fn main() {}
