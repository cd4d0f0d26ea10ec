//! Breaks the cache on purpose, one line at a time, and asks the model whether it notices: a
//! scenario that no bug can fail says nothing. Works on a copy; prints who caught what.
//!
//! `cargo run -p tests --bin mutants -- --report reports/mutants.md`, or with a part of a name,
//! `… mutants lease`; `MODEL_SEEDS=1000` looks longer than the 300 worlds of each scenario.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

/// A bug. `from` stands exactly once in `file`.
struct Mutant {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "an absent epoch counts as a match",
        file: "store/redis.rs",
        from: "                        _ => return Ok(None),",
        to: "                        _ => return Ok(Some(Found::Bytes(bytes))),",
    },
    Mutant {
        name: "a reader does not compare the stamp",
        file: "store/redis.rs",
        from: "let valid = bytes.get(STAMP) == Some(stamp(&live.server, &now).as_slice());",
        to: "let valid = bytes.len() > STAMP.end && now.len() == 16 * epochs.len();",
    },
    Mutant {
        name: "a server is taken for the one before it",
        file: "store/redis/connect.rs",
        from: "    Ok(known.contains(\"run_id:\").then(|| encoding::digest(known)))",
        to: "    Ok(Some(encoding::digest(\"a server\")))",
    },
    Mutant {
        name: "a fill does not look at its lease",
        file: "store/redis/fill.lua",
        from: "if get(KEYS[2]) ~= ARGV[1] then",
        to: "if false then",
    },
    Mutant {
        name: "a fill does not compare the epochs",
        file: "store/redis/fill.lua",
        from: "local stands = string.sub(ARGV[1], 33) == table.concat(epochs)",
        to: "local stands = true",
    },
    Mutant {
        name: "an exact invalidation leaves the lease",
        file: "store/redis/invalidate.lua",
        from: "  remove(KEYS[3 * i - 1])",
        to: "",
    },
    Mutant {
        name: "an invalidation leaves the epoch",
        file: "store/redis/invalidate.lua",
        from: "for i = 3 * entries + 1, #KEYS do",
        to: "for i = 3 * entries + 2, #KEYS do",
    },
    Mutant {
        name: "a lease is joined whatever its epochs",
        file: "store/redis/lease.lua",
        from: "if lease and string.sub(lease, 17) == ARGV[2] .. epochs then",
        to: "if lease then",
    },
    Mutant {
        name: "a lease is granted under a mark",
        file: "store/redis/lease.lua",
        from: "  if i ~= 3 and marked(KEYS[i]) then",
        to: "  if false then",
    },
    Mutant {
        name: "a lease is released by anybody's token",
        file: "store/redis/release.lua",
        from: "if not lease or string.sub(lease, 1, 16) ~= ARGV[1] then",
        to: "if not lease then",
    },
    Mutant {
        name: "a renewal is refused",
        file: "store/redis/renew.lua",
        from: "if redis.call('GET', KEYS[1]) ~= ARGV[1] then",
        to: "if true then",
    },
    Mutant {
        name: "a mark leaves the epoch",
        file: "store/redis/mark.lua",
        from: "for i = 3 * entries + 1, #KEYS do",
        to: "for i = 3 * entries + 2, #KEYS do",
    },
    Mutant {
        name: "questions are asked before what is owed is sent",
        file: "store/redis/connect.rs",
        from: "        usual_open: AtomicBool::new(false),",
        to: "        usual_open: AtomicBool::new(true),",
    },
    Mutant {
        name: "an invalidation that failed is acknowledged",
        file: "store/redis/link.rs",
        from: "                    shared.say_refusal(&error);\n                    told(&error)",
        to: "                    shared.acknowledge(&live, number, &stale);\n                    told(&error)",
    },
    Mutant {
        name: "an invalidation without an answer is acknowledged",
        file: "store/redis/link.rs",
        from: "                Err(_) => format!(\"an invalidation had no answer within {budget:?}\"),",
        to: "                Err(_) => {\n                    shared.acknowledge(&live, number, &stale);\n                    format!(\"no answer within {budget:?}\")\n                }",
    },
    Mutant {
        name: "a failed invalidation leaves the connections up",
        file: "store/redis/link.rs",
        from: "                shared.leave(&live, &why);\n            }\n            Err(shared",
        to: "                let _ = (&live, &why);\n            }\n            Err(shared",
    },
    Mutant {
        name: "a dropped mutator forgets",
        file: "invalidation.rs",
        from: "            drop(targets.send());",
        to: "            drop(targets);",
    },
    Mutant {
        name: "a strict mutator does not wait for its mark",
        file: "invalidation.rs",
        from: "    if let Err(error) = marked.await {",
        to: "    drop(marked);\n    if let Err(error) = Ok::<(), Error>(()) {",
    },
    Mutant {
        name: "a leader that is dropped keeps its lease",
        file: "call.rs",
        from: "        if !self.over {",
        to: "        if false {",
    },
    Mutant {
        name: "a flight stays listed",
        file: "call.rs",
        from: "        self.cache.flights.close(self.token);\n",
        to: "",
    },
    Mutant {
        name: "who waits for a note is not woken when the link is left",
        file: "store/redis/link.rs",
        from: "        self.notes.hear_nothing();\n",
        to: "",
    },
    Mutant {
        name: "a pattern does not end at its colon",
        file: "scope.rs",
        from: "name.match_indices(':').map(|(at, _)| &name[..at])",
        to: "name.match_indices(':').map(|(at, _)| &name[..at.min(5)])",
    },
];

const HEAD: &str = "| bug | first caught by | others |\n|---|---|---|\n";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let report: Option<String> = tests::report::option(&arguments, "--report")?;
    let wanted = match report {
        Some(_) => "",
        None => arguments.first().map_or("", String::as_str),
    };
    let measured = tests::report::measured();
    let mutants = MUTANTS.iter().filter(|mutant| mutant.name.contains(wanted));
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let copy = copied(&root, &target.join("mutants"))?;
    let source = copy.join("cache-runtime/src");
    for mutant in MUTANTS {
        let found = fs::read_to_string(source.join(mutant.file))?
            .matches(mutant.from)
            .count();
        if found != 1 {
            return Err(format!(
                "`{}` stands {found} times in {}: {}",
                mutant.from, mutant.file, mutant.name
            )
            .into());
        }
    }
    let Verdict::Survived = judged(&copy, &target)? else {
        return Err("the model finds fault with the cache as it is; see to that first".into());
    };
    let (mut survivors, mut table) = (0, String::from(HEAD));
    for mutant in mutants {
        let file = source.join(mutant.file);
        let whole = fs::read_to_string(&file)?;
        fs::write(&file, whole.replacen(mutant.from, mutant.to, 1))?;
        let verdict = judged(&copy, &target);
        fs::write(&file, whole)?;
        let row = match verdict? {
            Verdict::Caught(by) => format!("| {} | {} | {} |", mutant.name, by[0], by.len() - 1),
            Verdict::Survived => {
                survivors += 1;
                format!("| {} | **nobody** | |", mutant.name)
            }
        };
        println!("{row}");
        table.push_str(&format!("{row}\n"));
    }
    if let Some(file) = report {
        tests::report::write(&file, "Bugs made on purpose", &measured, &table)?;
    }
    Ok(if survivors == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Everything that git knows or would take, at a place of its own; only what has changed is
/// written, so that cargo has little to do.
fn copied(root: &Path, copy: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let listed = Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard"])
        .current_dir(root)
        .output()?;
    for name in String::from_utf8(listed.stdout)?.lines() {
        let (from, to) = (root.join(name), copy.join(name));
        let Ok(text) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|there| there == text) {
            continue;
        }
        fs::create_dir_all(to.parent().ok_or("a file lies in a directory")?)?;
        fs::write(&to, text)?;
    }
    Ok(copy.to_owned())
}

enum Verdict {
    /// By these scenarios, each with its first seed.
    Caught(Vec<String>),
    Survived,
}

fn judged(copy: &Path, target: &Path) -> Result<Verdict, Box<dyn Error>> {
    let ran = Command::new("cargo")
        .args(["test", "-p", "cache-runtime", "--lib", "model::scenarios"])
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        .env(
            "MODEL_SEEDS",
            env::var("MODEL_SEEDS").unwrap_or_else(|_| "300".into()),
        )
        .output()?;
    let told = String::from_utf8_lossy(&ran.stdout);
    if !told.contains("test result: ") {
        return Err(format!(
            "it does not compile:\n{}",
            String::from_utf8_lossy(&ran.stderr)
        )
        .into());
    }
    if ran.status.success() {
        return Ok(Verdict::Survived);
    }
    let lines: Vec<&str> = told.lines().collect();
    let caught = lines.windows(2).filter_map(|two| {
        let (seed, why) = two[0].strip_prefix("seed ")?.split_once(": ")?;
        let (_, scenario) = two[1].rsplit_once("::")?;
        Some(format!("`{scenario}`, seed {seed}: {why}"))
    });
    let caught: Vec<String> = caught.collect();
    if caught.is_empty() {
        return Err(format!("it failed without a seed:\n{told}").into());
    }
    Ok(Verdict::Caught(caught))
}
