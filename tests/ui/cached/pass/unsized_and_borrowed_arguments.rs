#![deny(warnings)]

use cache_runtime::cached;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

#[cached]
async fn load(name: &str, bytes: &[u8], ids: &[u64; 3], path: &Path, none: Option<&str>) -> usize {
    name.len() + bytes.len() + ids.len() + path.as_os_str().len() + none.map_or(0, str::len)
}

#[cached]
fn maps(a: &HashMap<String, u64>, b: BTreeMap<u8, Vec<u8>>, c: HashSet<i8>) -> usize {
    a.len() + b.len() + c.len()
}

#[tokio::main]
async fn main() {
    assert_eq!(load("a", b"bc", &[1, 2, 3], Path::new("/x"), None).await, 8);
    let _ = (
        maps,
        maps::key(&HashMap::new(), BTreeMap::new(), HashSet::new()),
    );
}
