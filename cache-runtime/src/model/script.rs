//! The scripts as they are, in a Lua of the version that Redis has. One machine for each thread,
//! each script compiled once.

use std::cell::RefCell;
use std::collections::HashMap;

use mlua::{Function, Lua, LuaString, MultiValue, Table, Value};

use super::server::Keyspace;
use super::wire::Reply;

thread_local! {
    static LUA: Lua = machine().expect("a Lua");
    static HASHES: RefCell<HashMap<Vec<u8>, Vec<u8>>> = RefCell::default();
    static COMPILED: RefCell<HashMap<Vec<u8>, Function>> = RefCell::default();
    /// What the script that runs now may change.
    static KEYSPACE: RefCell<Keyspace> = RefCell::default();
}

/// What a script is called.
pub(super) fn name(code: &[u8]) -> &'static str {
    let known = [
        ("lease", include_str!("../store/redis/lease.lua")),
        ("fill", include_str!("../store/redis/fill.lua")),
        ("renew", include_str!("../store/redis/renew.lua")),
        ("release", include_str!("../store/redis/release.lua")),
        ("invalidate", include_str!("../store/redis/invalidate.lua")),
        ("mark", include_str!("../store/redis/mark.lua")),
    ];
    let found = known.into_iter().find(|(_, text)| text.as_bytes() == code);
    found.map_or("a script", |(name, _)| name)
}

/// What a client calls it.
pub(super) fn hash(code: &[u8]) -> Vec<u8> {
    HASHES.with_borrow_mut(|hashes| {
        let hash = || {
            redis::Script::new(&String::from_utf8_lossy(code))
                .get_hash()
                .into()
        };
        hashes.entry(code.to_vec()).or_insert_with(hash).clone()
    })
}

/// Runs a script. An error in it is a mistake in the script, or in the model.
pub(super) fn run(
    code: &[u8],
    keys: &[Vec<u8>],
    args: &[Vec<u8>],
    keyspace: &mut Keyspace,
) -> Reply {
    LUA.with(|lua| {
        KEYSPACE.set(std::mem::take(keyspace));
        let returned = call(lua, code, keys, args);
        *keyspace = KEYSPACE.take();
        reply(returned.expect("the script runs"))
    })
}

fn call(lua: &Lua, code: &[u8], keys: &[Vec<u8>], args: &[Vec<u8>]) -> mlua::Result<Value> {
    let compiled = COMPILED.with_borrow(|compiled| compiled.get(code).cloned());
    let function = match compiled {
        Some(function) => function,
        None => {
            let function = lua.load(code).into_function()?;
            COMPILED.with_borrow_mut(|all| all.insert(code.to_vec(), function.clone()));
            function
        }
    };
    for (name, texts) in [("KEYS", keys), ("ARGV", args)] {
        let table = lua.create_table_with_capacity(texts.len(), 0)?;
        for text in texts {
            table.raw_push(lua.create_string(text)?)?;
        }
        lua.globals().raw_set(name, table)?;
    }
    function.call(())
}

fn machine() -> mlua::Result<Lua> {
    let lua = Lua::new();
    let redis = lua.create_table()?;
    redis.set(
        "call",
        lua.create_function(|lua, command| command_of(lua, command, true))?,
    )?;
    redis.set(
        "pcall",
        lua.create_function(|lua, command| command_of(lua, command, false))?,
    )?;
    lua.globals().set("redis", redis)?;
    Ok(lua)
}

fn command_of(lua: &Lua, command: MultiValue, raise: bool) -> mlua::Result<Value> {
    let mut words = Vec::with_capacity(command.len());
    for word in command {
        let text = lua.coerce_string(word)?;
        words.push(text.map_or_else(Vec::new, |text| text.as_bytes().to_vec()));
    }
    match KEYSPACE.with_borrow_mut(|keyspace| keyspace.execute(&words)) {
        Reply::Error(text) if raise => Err(mlua::Error::runtime(text)),
        reply => value(lua, reply),
    }
}

fn value(lua: &Lua, reply: Reply) -> mlua::Result<Value> {
    let status = |name: &str, text: &str| -> mlua::Result<Value> {
        let table = lua.create_table()?;
        table.set(name, text)?;
        Ok(Value::Table(table))
    };
    Ok(match reply {
        Reply::Ok => status("ok", "OK")?,
        Reply::Error(text) => status("err", &text)?,
        Reply::Number(number) => Value::Number(number as f64),
        Reply::Bytes(bytes) => Value::String(lua.create_string(bytes)?),
        Reply::Nothing => Value::Boolean(false),
        Reply::Array(items) | Reply::Push(items) => {
            let table = lua.create_table()?;
            for item in items {
                table.raw_push(value(lua, item)?)?;
            }
            Value::Table(table)
        }
    })
}

fn reply(value: Value) -> Reply {
    let text = |text: LuaString| text.as_bytes().to_vec();
    match value {
        Value::String(bytes) => Reply::Bytes(text(bytes)),
        Value::Integer(number) => Reply::Number(number),
        Value::Number(number) => Reply::Number(number as i64),
        Value::Boolean(true) => Reply::Number(1),
        Value::Table(table) => array(&table),
        _ => Reply::Nothing,
    }
}

/// Up to the first hole, as in Redis.
fn array(table: &Table) -> Reply {
    let items = table.sequence_values::<Value>();
    Reply::Array(items.map_while(Result::ok).map(reply).collect())
}
