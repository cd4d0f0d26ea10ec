//! The data: two tenants, 65 suites, 1,500 cases and 240,000 executions over half a year.
//! Always the same from the same seed; only the dates follow the calendar.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::database::connect;
use crate::model::Status;

struct Plan {
    tenant: &'static str,
    suites: u64,
    cases_per_suite: u64,
    executions: u64,
}

const PLANS: [Plan; 2] = [
    Plan {
        tenant: "acme",
        suites: 40,
        cases_per_suite: 25,
        executions: 160_000,
    },
    Plan {
        tenant: "globex",
        suites: 25,
        cases_per_suite: 20,
        executions: 80_000,
    },
];

const SEED: u64 = 0x51_AB_1E;
const HALF_A_YEAR: u64 = 182 * 24 * 3600;
const AREAS: [&str; 8] = [
    "Checkout", "Search", "Login", "Billing", "Profile", "Export", "Import", "Mobile",
];
const TEAMS: [&str; 4] = ["atlas", "borealis", "cirrus", "delta"];
const KINDS: [&str; 4] = ["unit", "integration", "end-to-end", "performance"];

const TABLES: &str = "
    CREATE TABLE suites (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL);
    CREATE TABLE cases (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, suite INTEGER NOT NULL,
        name TEXT NOT NULL, kind TEXT NOT NULL);
    CREATE TABLE executions (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, suite INTEGER NOT NULL,
        case_id INTEGER NOT NULL, status TEXT NOT NULL, duration_ms INTEGER NOT NULL,
        started_at INTEGER NOT NULL);";

const INDEXES: &str = "
    CREATE INDEX suites_of_tenant ON suites (tenant);
    CREATE INDEX cases_of_suite ON cases (tenant, suite);
    CREATE INDEX executions_by_time ON executions (tenant, started_at);
    CREATE INDEX executions_of_suite ON executions (tenant, suite, started_at);
    ANALYZE;";

/// Fills a new file and says so with `true`; a file that is already full stays as it is.
///
/// Two processes may open the same new file at once: one transaction generates everything,
/// the other process waits for it and finds the work done.
pub(crate) fn fill_if_new(file: &Path) -> rusqlite::Result<bool> {
    let mut connection = connect(file)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_full(&transaction)? {
        return Ok(false);
    }
    let begun = Instant::now();
    transaction.execute_batch(TABLES)?;
    let mut random = Random(SEED);
    for plan in &PLANS {
        let cases = fill_suites(&transaction, plan, &mut random)?;
        fill_executions(&transaction, plan, &cases, &mut random)?;
    }
    transaction.execute_batch(INDEXES)?;
    transaction.pragma_update(None, "user_version", 1)?;
    transaction.commit()?;

    let executions: u64 = PLANS.iter().map(|plan| plan.executions).sum();
    println!(
        "generated {executions} executions for {} tenants in {:.1} s",
        PLANS.len(),
        begun.elapsed().as_secs_f64()
    );
    Ok(true)
}

fn is_full(connection: &Connection) -> rusqlite::Result<bool> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map(|v: u32| v > 0)
}

/// What is typical of one case; its executions scatter around it.
struct Temper {
    case: u64,
    suite: u64,
    failures_per_thousand: u64,
    typical_ms: u64,
}

fn fill_suites(
    transaction: &Transaction<'_>,
    plan: &Plan,
    random: &mut Random,
) -> rusqlite::Result<Vec<Temper>> {
    let mut add_suite =
        transaction.prepare("INSERT INTO suites (tenant, name, owner) VALUES (?1, ?2, ?3)")?;
    let mut add_case = transaction
        .prepare("INSERT INTO cases (tenant, suite, name, kind) VALUES (?1, ?2, ?3, ?4)")?;
    let mut cases = Vec::new();
    for number in 1..=plan.suites {
        let area = random.pick(&AREAS);
        let name = format!("{area} {number}");
        let suite = add_suite.insert(params![plan.tenant, name, random.pick(&TEAMS)])? as u64;
        for step in 1..=plan.cases_per_suite {
            let name = format!("{area} {number}, step {step}");
            let kind = random.pick(&KINDS);
            let case = add_case.insert(params![plan.tenant, suite, name, kind])? as u64;
            // Most cases are healthy, one in twenty is flaky.
            let failures_per_thousand = if random.below(20) == 0 {
                100 + random.below(300)
            } else {
                random.below(25)
            };
            let typical_ms = 5 + random.below(400) * (1 + random.below(8));
            cases.push(Temper {
                case,
                suite,
                failures_per_thousand,
                typical_ms,
            });
        }
    }
    Ok(cases)
}

fn fill_executions(
    transaction: &Transaction<'_>,
    plan: &Plan,
    cases: &[Temper],
    random: &mut Random,
) -> rusqlite::Result<()> {
    let mut add = transaction.prepare(
        "INSERT INTO executions (tenant, suite, case_id, status, duration_ms, started_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let now: u64 = transaction.query_row("SELECT unixepoch()", [], |row| row.get(0))?;
    for number in 0..plan.executions {
        show_progress(plan, number);
        let Temper {
            case,
            suite,
            failures_per_thousand,
            typical_ms,
        } = random.pick(cases);
        let status = match random.below(1000) {
            dice if dice < *failures_per_thousand => Status::Failed,
            dice if dice >= 990 => Status::Skipped,
            _ => Status::Passed,
        };
        let duration_ms = typical_ms * (60 + random.below(90)) / 100;
        let started_at = now - HALF_A_YEAR + number * HALF_A_YEAR / plan.executions;
        add.execute(params![
            plan.tenant,
            suite,
            case,
            status,
            duration_ms,
            started_at
        ])?;
    }
    Ok(())
}

/// One line that rewrites itself, for people only: a log file gets the last line alone.
fn show_progress(plan: &Plan, number: u64) {
    if number.is_multiple_of(10_000) && std::io::stdout().is_terminal() {
        print!(
            "\rgenerating executions of {}: {} %  \r",
            plan.tenant,
            100 * number / plan.executions
        );
        // A lost progress line is no reason to stop.
        let _ = std::io::stdout().flush();
    }
}

/// SplitMix64: enough for data that only has to look lively and be the same every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}
