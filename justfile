# Each recipe is a line you could type yourself.

# Formatting and lints.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy -p cache-runtime --no-default-features -- -D warnings
    cargo clippy -p cache-runtime --all-features -- -D warnings

# Everything, servers included.
test:
    ./test.sh

# More worlds of the model of whole nodes than the tests run.
model:
    MODEL_SEEDS=10000 cargo test -p cache-runtime --release --lib model

# Bugs made on purpose, each of which the model must notice; told in reports/mutants.md.
mutants:
    cargo run -p tests --bin mutants -- --report reports/mutants.md

# What must not compile.
ui:
    cargo test -p tests --test ui

# Rewrite the snapshots; read the difference before you commit it.
bless:
    TRYBUILD=overwrite cargo test -p tests --test ui
    EXPAND=overwrite cargo test -p cache-macros

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features

# So many minutes of chaos, told in reports/chaos.md.
chaos minutes="10":
    cargo run --release -p tests --bin chaos -- --minutes {{minutes}} --report reports/chaos.md

# What calls wait for a sick server, told in reports/latency.md.
latency:
    cargo run --release -p tests --bin latency -- --rounds 5 --report reports/latency.md

# Twenty minutes of load that leaves nothing behind, told in reports/leaks.md.
leaks:
    cargo run --release -p tests --bin leaks -- --minutes 20 --report reports/leaks.md

# The threads of the memory store and the flights, in many orders.
schedules:
    RUSTFLAGS="--cfg shuttle" CARGO_TARGET_DIR=target/shuttle cargo test -p cache-runtime --no-default-features --lib schedules

# Ten minutes of `just fuzz key`; the targets are entry, key, pattern and template.
fuzz target:
    cd fuzz && cargo +nightly fuzz run -s none {{target}} -- -max_total_time=600 -max_len=1024
