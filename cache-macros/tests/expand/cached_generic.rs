#[cached(unordered(ids), companion = counts)]
fn count<'a, T: Table, const N: usize>(ids: &'a [u64], (a, b): (u8, u8), mut kind: impl Serialize) -> u64 {
    T::count(ids, N, a, b)
}
