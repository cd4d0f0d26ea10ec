# Each recipe is a line you could type yourself.

# Formatting and lints.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo clippy -p cache-runtime --no-default-features -- -D warnings

# Everything, servers included.
test:
    ./test.sh

# What must not compile.
ui:
    cargo test -p tests --test ui

# Rewrite the snapshots; read the difference before you commit it.
bless:
    TRYBUILD=overwrite cargo test -p tests --test ui
    EXPAND=overwrite cargo test -p cache-macros

docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
