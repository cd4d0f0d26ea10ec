//! The keys that this process gives to the values of seeds.

use tests::keyed;

use crate::{say, told};

pub(crate) async fn run() {
    loop {
        let seed = told().await.parse().expect("a seed");
        for key in keyed::keys_of(seed) {
            say(key.escape_debug());
        }
        say("done");
    }
}
