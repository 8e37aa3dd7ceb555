# The daily verbs; `just` lists them.

default:
    @just --list --unsorted

# Start the server: `just serve --listen 127.0.0.1:9000`
serve *arguments:
    cargo run --release -- serve {{arguments}}

# Pass everything that must pass, as the build machine does
test *arguments:
    scripts/test {{arguments}}

# Find what clippy and the purity check complain about
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings && scripts/check-purity

# Format the code
fmt:
    cargo fmt --all

# Measure against a server that stores nothing: `just bench --rounds 5 --seconds 10`
bench *arguments:
    cargo build --release --workspace --locked && cargo run --release --locked --package askfirst-bench -- {{arguments}}

# Measure the Worker against one in JavaScript, both in local workerd: `just bench-edge 5 5` for seconds and rounds
bench-edge *arguments:
    bench/edge/run {{arguments}}

# Measure how soon the dashboard is painted
bench-pages *arguments:
    bench/pages/run {{arguments}}

# Pass the tests of the pages: `just test-pages looks.test.js`
test-pages *arguments:
    scripts/test-pages {{arguments}}

# Serve an app's Worker on this machine: `just edge voicemode 8931`
edge *arguments:
    scripts/edge-dev {{arguments}}

# Build the crates' documentation and open it
docs:
    cargo doc --workspace --no-deps --locked --open

# Check licences, sources and advisories of dependencies (needs cargo-deny: `cargo install --locked cargo-deny`)
deny:
    cargo deny --locked check
