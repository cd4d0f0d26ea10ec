//! What goes wrong beside the network's own weather: to the server's memory, to the server, to a
//! node and its connections.

use std::cell::Cell;
use std::rc::Rc;

use super::world::World;
use super::{draw, model, note, pause, pick};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fault {
    Flush,
    /// An epoch gives way to other keys.
    EvictEpoch,
    /// It comes back as it was a while ago.
    Restart,
    /// A replica takes over that has not heard the last of it.
    Failover,
    /// A node's connections are closed.
    Cut,
    /// A node's connections stay, and nothing comes through.
    Deaden,
    /// A node is cut off for a while; what was sent comes late.
    CutOff,
    /// A node's process is killed, and another takes its place.
    Kill,
}

thread_local! {
    /// How often the server has lost something.
    static FORGOTTEN: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn forgotten() -> u64 {
    FORGOTTEN.get()
}

impl World {
    /// Strikes while the callers are at work.
    pub(super) async fn faults(self: Rc<Self>) {
        if self.plan.faults.is_empty() {
            return;
        }
        for _ in 0..self.plan.strikes {
            pause(0..=(2 * self.plan.operations * self.plan.pause.end() / self.plan.strikes)).await;
            let fault = pick(self.plan.faults);
            note(|| format!("{fault:?}"));
            self.strike(fault).await;
        }
    }

    async fn strike(&self, fault: Fault) {
        let model = model();
        let node = pick(&self.alive());
        let keyspace = || model.network.server.borrow().keyspace.clone();
        match fault {
            Fault::Flush => {
                FORGOTTEN.set(forgotten() + 1);
                model.network.server.borrow_mut().keyspace = Default::default();
            }
            Fault::EvictEpoch => {
                FORGOTTEN.set(forgotten() + 1);
                let epochs = model.network.server.borrow().keyspace.keys('g');
                if !epochs.is_empty() {
                    model
                        .network
                        .server
                        .borrow_mut()
                        .keyspace
                        .remove(&pick(&epochs));
                }
            }
            Fault::Restart | Fault::Failover => {
                let snapshot = keyspace();
                pause(1..=60).await;
                FORGOTTEN.set(forgotten() + 1);
                model.network.server.borrow_mut().replica = fault == Fault::Failover;
                if fault == Fault::Failover {
                    pause(0..=5).await;
                }
                model.network.cut(None);
                model.network.server.borrow_mut().restart(snapshot);
                model.network.server.borrow_mut().down = true;
                pause(0..=100).await;
                model.network.server.borrow_mut().down = false;
            }
            Fault::Cut => model.network.cut(Some(node)),
            Fault::Deaden => model.network.deaden(node),
            Fault::CutOff => {
                model.network.cut_off(node, true);
                pause(1..=draw(1..=2500)).await;
                note(|| format!("node {node} is back"));
                model.network.cut_off(node, false);
            }
            Fault::Kill => {
                if self.alive().len() > 1 {
                    self.kill(node);
                    self.add_node().await;
                }
            }
        }
    }
}
