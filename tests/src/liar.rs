//! TCP servers that are not Redis, though they listen where Redis should.

use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

/// A server that lies for as long as the test process lives.
#[derive(Debug)]
pub struct Liar {
    address: SocketAddr,
}

impl Liar {
    /// Answers every byte it reads with bytes that are no Redis protocol.
    pub fn garbage() -> Liar {
        Liar::start(|mut stream| {
            let mut received = [0; 4096];
            while let Ok(1..) = std::io::Read::read(&mut stream, &mut received) {
                if stream.write_all(b"\x00HTTP/1.1 418 \xff\xfe\r\n").is_err() {
                    break;
                }
            }
        })
    }

    /// Speaks the protocol, but answers everything with a value nobody asked for.
    pub fn nonsense() -> Liar {
        Liar::start(|mut stream| {
            let mut received = [0; 4096];
            while let Ok(n @ 1..) = std::io::Read::read(&mut stream, &mut received) {
                // One reply per command of the pipeline, each of them ":42".
                let commands = received[..n].iter().filter(|&&byte| byte == b'*').count();
                if stream
                    .write_all(":42\r\n".repeat(commands).as_bytes())
                    .is_err()
                {
                    break;
                }
            }
        })
    }

    /// Accepts connections and never says a word.
    pub fn silent() -> Liar {
        Liar::start(|stream| {
            let mut stream = stream;
            let mut received = [0; 4096];
            while let Ok(1..) = std::io::Read::read(&mut stream, &mut received) {}
        })
    }

    /// A URL of this server.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address)
    }

    fn start(answer: fn(TcpStream)) -> Liar {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || answer(stream));
            }
        });
        Liar { address }
    }
}
