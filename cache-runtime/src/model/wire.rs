//! What goes over a connection: commands as arrays of strings, replies in RESP3.

/// A reply, or a push.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Reply {
    Ok,
    Error(String),
    Number(i64),
    Bytes(Vec<u8>),
    Nothing,
    Array(Vec<Reply>),
    Push(Vec<Reply>),
}

impl Reply {
    pub(super) fn bytes(text: impl AsRef<[u8]>) -> Self {
        Reply::Bytes(text.as_ref().to_vec())
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut line = |text: String| out.extend_from_slice(text.as_bytes());
        match self {
            Reply::Ok => line("+OK\r\n".into()),
            Reply::Error(text) => line(format!("-{text}\r\n")),
            Reply::Number(number) => line(format!(":{number}\r\n")),
            Reply::Nothing => line("_\r\n".into()),
            Reply::Bytes(bytes) => {
                line(format!("${}\r\n", bytes.len()));
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Reply::Array(items) | Reply::Push(items) => {
                let sign = if matches!(self, Reply::Push(_)) {
                    '>'
                } else {
                    '*'
                };
                line(format!("{sign}{}\r\n", items.len()));
                for item in items {
                    item.write(out);
                }
            }
        }
    }
}

/// Takes the first command off the bytes that have arrived, if it is there as a whole.
pub(super) fn take_command(bytes: &mut Vec<u8>) -> Option<Vec<Vec<u8>>> {
    let mut at = 0;
    let parts = number(bytes, &mut at, b'*')?;
    let mut command = Vec::with_capacity(parts);
    for _ in 0..parts {
        let length = number(bytes, &mut at, b'$')?;
        command.push(bytes.get(at..at + length)?.to_vec());
        at += length + 2;
    }
    (at <= bytes.len()).then(|| {
        bytes.drain(..at);
        command
    })
}

fn number(bytes: &[u8], at: &mut usize, sign: u8) -> Option<usize> {
    let rest = bytes.get(*at..)?;
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    assert_eq!(rest[0], sign, "the client speaks the protocol");
    *at += end + 2;
    std::str::from_utf8(&rest[1..end]).ok()?.parse().ok()
}
