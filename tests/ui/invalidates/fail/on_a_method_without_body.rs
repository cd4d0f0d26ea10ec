use cache_runtime::invalidates;

trait Rename {
    #[invalidates("suite:{id}")]
    fn rename(&self, id: u64);
}

fn main() {}
