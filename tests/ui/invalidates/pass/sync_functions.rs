#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{id}")]
fn change(id: u64, name: String) -> Result<String, String> {
    if id == 0 {
        return Err(name);
    }
    let id: u64 = name.parse().map_err(|_| "not a number".to_owned())?;
    Ok(id.to_string())
}

fn main() {
    assert_eq!(change(1, "2".into()), Ok("2".into()));
    assert!(change(0, "2".into()).is_err());
}
