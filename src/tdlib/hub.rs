//! The one place of the process that receives from TDLib, and hands everything to whom it belongs.
//!
//! One thread does it. It knows TDLib's JSON only as far as it must: whose it is, which request it answers, and the
//! authorization state; what cannot be read reaches nobody's log. While there is no client it is not inside TDLib,
//! so that a process may end then without a thread in there.

use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{broadcast, oneshot, watch};

use super::library::{Library, Receiver};

/// How many updates wait for a subscriber who does not keep up.
const UPDATES_KEPT: usize = 1024;

/// How long one call waits; only how often an idle thread looks around depends on it.
const RECEIVE_TIME_OUT: Duration = Duration::from_secs(60);

/// What TDLib told of a client's authorization.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorization {
    /// The state that it told last; `Null` before it told any.
    pub(super) state: Value,
    /// Whether it is being signed out, or was: by its own word, or because the server ended the session.
    pub(super) signed_out: bool,
}

impl Authorization {
    /// Whether nothing comes after it.
    pub(super) fn is_closed(&self) -> bool {
        type_of(&self.state) == Some("authorizationStateClosed")
    }
}

/// What is kept until a request is answered, whoever waits for that, or its client is closed.
pub(super) type Kept = Arc<dyn Any + Send + Sync>;

/// A request that TDLib has not answered.
#[derive(Debug)]
struct Pending {
    answer: oneshot::Sender<Value>,
    /// TDLib goes on with what it was handed when nobody waits any more.
    kept: Option<Kept>,
}

/// What the hub keeps of a client.
#[derive(Debug)]
struct Route {
    pending: HashMap<u64, Pending>,
    /// How often it was asked for something.
    asked: u64,
    updates: broadcast::Sender<Arc<Value>>,
    authorization: watch::Sender<Authorization>,
}

/// Receives for all clients of this process.
#[derive(Debug)]
pub(super) struct Hub {
    library: &'static Library,
    routes: Routes,
}

/// Where everything goes.
#[derive(Debug, Default)]
struct Routes {
    clients: Mutex<Clients>,
    /// Told when the first client comes and when the last one goes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Clients {
    routes: HashMap<i32, Route>,
    last_request: u64,
}

/// What a new client holds of its route.
#[derive(Debug)]
pub(super) struct Registered {
    pub(super) client_id: i32,
    pub(super) updates: broadcast::Sender<Arc<Value>>,
    pub(super) authorization: watch::Receiver<Authorization>,
}

static HUB: OnceLock<Hub> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

impl Hub {
    /// The hub, started if it was not.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub(super) fn of(library: &'static Library) -> io::Result<&'static Self> {
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let hub = HUB.get_or_init(|| Self { library, routes: Routes::default() });
        if let Some(receiver) = library.receiver() {
            thread::Builder::new().name("tdlib-receive".to_owned()).spawn(move || hub.run(receiver))?;
        }
        Ok(hub)
    }

    /// A new client, which TDLib knows from its first request on.
    pub(super) fn register(&self) -> Registered {
        self.routes.insert(self.library.create_client_id())
    }

    /// A number for a request and where its answer will arrive; `None` if the client is closed.
    pub(super) fn expect(
        &self,
        client_id: i32,
        kept: Option<Kept>,
    ) -> Option<(u64, oneshot::Receiver<Value>)> {
        self.routes.expect(client_id, kept)
    }

    /// How often a client was asked for something, and for how much of that somebody waits.
    pub(super) fn asked(&self, client_id: i32) -> (u64, usize) {
        self.routes.lock().routes.get(&client_id).map_or((0, 0), |route| (route.asked, route.waiting()))
    }

    /// Nobody waits for this answer any more.
    pub(super) fn forget(&self, client_id: i32, number: u64) {
        self.routes.forget(client_id, number);
    }

    /// The request was not sent.
    pub(super) fn take_back(&self, client_id: i32, number: u64) {
        if let Some(route) = self.routes.lock().routes.get_mut(&client_id) {
            route.pending.remove(&number);
        }
    }

    /// The library that everything is sent to.
    pub(super) fn library(&self) -> &'static Library {
        self.library
    }

    /// Waits until every client of the process is closed; false if that takes longer.
    pub(super) fn wait_until_unused(time_out: Duration) -> bool {
        HUB.get().is_none_or(|hub| hub.routes.wait_until_unused(time_out))
    }

    fn run(&self, mut receiver: Receiver) {
        loop {
            self.routes.wait_for_a_client();
            let Some(message) = receiver.receive(RECEIVE_TIME_OUT) else { continue };
            // A panic here would leave everybody waiting; whoever waits for this one message times out instead.
            let _ = catch_unwind(AssertUnwindSafe(|| self.routes.dispatch(&message)));
        }
    }
}

impl Routes {
    fn insert(&self, client_id: i32) -> Registered {
        let (updates, _) = broadcast::channel(UPDATES_KEPT);
        let (authorization_sender, authorization) = watch::channel(Authorization::default());
        let route = Route {
            pending: HashMap::new(),
            asked: 0,
            updates: updates.clone(),
            authorization: authorization_sender,
        };
        self.lock().routes.insert(client_id, route);
        self.changed.notify_all();
        Registered { client_id, updates, authorization }
    }

    fn expect(&self, client_id: i32, kept: Option<Kept>) -> Option<(u64, oneshot::Receiver<Value>)> {
        let mut clients = self.lock();
        clients.last_request += 1;
        let number = clients.last_request;
        let (answer, receiver) = oneshot::channel();
        let route = clients.routes.get_mut(&client_id)?;
        route.asked += 1;
        route.pending.insert(number, Pending { answer, kept });
        Some((number, receiver))
    }

    fn forget(&self, client_id: i32, number: u64) {
        if let Some(route) = self.lock().routes.get_mut(&client_id)
            && let Entry::Occupied(pending) = route.pending.entry(number)
            && pending.get().kept.is_none()
        {
            pending.remove();
        }
    }

    /// Hands a message to the client it is for; what is for nobody is dropped.
    fn dispatch(&self, message: &[u8]) {
        let Ok(Value::Object(mut message)) = serde_json::from_slice(message) else { return };
        let client_id = message.remove("@client_id").and_then(|id| i32::try_from(id.as_i64()?).ok());
        let Some(client_id) = client_id else { return };
        let number = message.remove("@extra").map(|number| number.as_u64());
        let mut clients = self.lock();
        let Some(route) = clients.routes.get_mut(&client_id) else { return };
        match number {
            Some(number) => {
                let pending = number.and_then(|number| route.pending.remove(&number));
                // Who does not wait any more has gone.
                let _ = pending.map(|pending| pending.answer.send(Value::Object(message)));
            }
            None => {
                if route.tell(Value::Object(message)) {
                    clients.routes.remove(&client_id);
                    self.changed.notify_all();
                }
            }
        }
    }

    fn wait_for_a_client(&self) {
        let none = |clients: &mut Clients| clients.routes.is_empty();
        drop(self.changed.wait_while(self.lock(), none).unwrap_or_else(PoisonError::into_inner));
    }

    fn wait_until_unused(&self, time_out: Duration) -> bool {
        let some = |clients: &mut Clients| !clients.routes.is_empty();
        let waited = self.changed.wait_timeout_while(self.lock(), time_out, some);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn lock(&self) -> MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// How many answers somebody waits for.
    fn waiting(&self) -> usize {
        self.pending.values().filter(|pending| !pending.answer.is_closed()).count()
    }

    /// Tells an update to who wants it; true if it was the client's last.
    fn tell(&self, update: Value) -> bool {
        let mut closed = false;
        if type_of(&update) == Some("updateAuthorizationState") {
            self.authorization.send_modify(|authorization| {
                authorization.state = update["authorization_state"].clone();
                authorization.signed_out |=
                    type_of(&authorization.state) == Some("authorizationStateLoggingOut");
                closed = authorization.is_closed();
            });
        }
        if self.updates.receiver_count() > 0 {
            // Who listened may have gone meanwhile.
            let _ = self.updates.send(Arc::new(update));
        }
        closed
    }
}

/// The name of an object's type, if it is a name.
pub(super) fn type_of(object: &Value) -> Option<&str> {
    let name = object.get("@type")?.as_str()?;
    (name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_malformed_or_for_nobody_changes_nothing() {
        let routes = Routes::default();
        let client = routes.insert(1);
        let mut updates = client.updates.subscribe();
        let (number, mut answer) = routes.expect(1, None).unwrap();
        for message in [
            "",
            "no JSON",
            "[]",
            "null",
            "{}",
            r#"{"@type":"ok","@extra":1}"#,
            r#"{"@type":"ok","@extra":1,"@client_id":"1"}"#,
            r#"{"@type":"ok","@extra":1,"@client_id":99999999999}"#,
            r#"{"@type":"ok","@extra":1,"@client_id":2}"#,
            r#"{"@type":"ok","@extra":"1","@client_id":1}"#,
            r#"{"@type":"ok","@extra":-1,"@client_id":1}"#,
            r#"{"@type":"ok","@extra":77,"@client_id":1}"#,
        ] {
            routes.dispatch(message.as_bytes());
        }
        assert!(answer.try_recv().is_err() && updates.try_recv().is_err());
        routes.dispatch(format!(r#"{{"@type":"ok","@extra":{number},"@client_id":1}}"#).as_bytes());
        assert_eq!(answer.try_recv().unwrap(), serde_json::json!({"@type": "ok"}));
    }

    #[test]
    fn a_closed_client_is_forgotten_and_nobody_waits_for_it() {
        let routes = Routes::default();
        let client = routes.insert(1);
        let (_, mut answer) = routes.expect(1, None).unwrap();
        let state = |name: &str| {
            format!(
                r#"{{"@type":"updateAuthorizationState","authorization_state":{{"@type":"{name}"}},"@client_id":1}}"#
            )
        };
        routes.dispatch(state("authorizationStateNewerThanThis").as_bytes());
        assert_eq!(type_of(&client.authorization.borrow().state), Some("authorizationStateNewerThanThis"));
        assert!(routes.expect(1, None).is_some());
        routes.dispatch(state("authorizationStateClosed").as_bytes());
        assert!(client.authorization.borrow().is_closed());
        assert!(routes.expect(1, None).is_none());
        assert!(matches!(answer.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
    }

    /// TDLib goes on with what nobody waits for, and so does whatever must not be disturbed until then.
    #[test]
    fn what_is_kept_goes_with_the_answer_or_the_client_and_not_with_who_waited() {
        let routes = Routes::default();
        let _client = routes.insert(1);
        let kept: Kept = Arc::new(());
        let (number, answer) = routes.expect(1, Some(Arc::clone(&kept))).unwrap();
        drop(answer);
        routes.forget(1, number);
        assert_eq!(Arc::strong_count(&kept), 2, "nobody waits");
        assert_eq!(routes.lock().routes[&1].waiting(), 0);
        routes.dispatch(format!(r#"{{"@type":"ok","@extra":{number},"@client_id":1}}"#).as_bytes());
        assert_eq!(Arc::strong_count(&kept), 1, "it is answered");

        let (number, _answer) = routes.expect(1, Some(Arc::clone(&kept))).unwrap();
        routes.forget(1, number);
        routes.dispatch(
            br#"{"@type":"updateAuthorizationState","authorization_state":{"@type":"authorizationStateClosed"},"@client_id":1}"#,
        );
        assert_eq!(Arc::strong_count(&kept), 1, "the client is closed");
        assert!(routes.expect(1, Some(Arc::clone(&kept))).is_none());
        assert_eq!(Arc::strong_count(&kept), 1);
    }

    #[test]
    fn the_name_of_a_type_is_a_name() {
        for name in ["user Name", "Иван", &"a".repeat(65)] {
            assert_eq!(type_of(&serde_json::json!({"@type": name})), None, "{name}");
        }
        assert_eq!(type_of(&serde_json::json!({"@type": "updateFile"})), Some("updateFile"));
    }
}
