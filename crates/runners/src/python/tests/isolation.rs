//! Nothing of one action reaches the next, or one beside it.

use super::*;

#[tokio::test]
async fn nothing_leaks_into_the_next_action() {
    let desk = Desk::with(|settings| settings.python.waiting = 1);
    let look = "
import gc, json
return {
    'environment': dict(os.environ), 'folder': os.getcwd(), 'path': sys.path, 'modules': sorted(sys.modules),
    'argv': len(sys.argv), 'files': sorted(os.listdir('/proc/self/fd')), 'umask': os.umask(0o22),
    'loggers': sorted(__import__('logging').Logger.manager.loggerDict), 'dumps': json.dumps is json.loads,
    'handlers': [str(signal.getsignal(n)) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGPIPE)],
    'threads': threading.active_count(), 'gc': gc.isenabled(), 'limits': __import__('resource').getrlimit(4),
    'mask': len(signal.pthread_sigmask(signal.SIG_BLOCK, [])), 'pgid': os.getpgid(0) == os.getpid(),
}";
    let spoil = "
import json, logging, resource, yaml
os.environ['LEAK'] = '1'
os.chdir('/')
sys.path.insert(0, '/leak')
sys.modules['leak'] = sys
json.dumps = json.loads
open('/dev/null'); os.open('/dev/zero', 0)
os.umask(0o77)
logging.getLogger('leak')
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
resource.setrlimit(4, (0, 0))
Action.config = 'leak'
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
return 1";
    let strip = |mut seen: Value| {
        // The only difference there may be: whose process it is.
        seen["environment"]["ST2_ACTION_EXECUTION_ID"].take();
        seen
    };
    let before = strip(desk.give(look).await);
    desk.give(spoil).await;
    for _ in 0..3 {
        let after = strip(desk.give(look).await);
        assert_eq!(before, after);
    }
}

#[tokio::test]
async fn many_at_once_do_not_mix() {
    let desk = Desk::new();
    let body = "
print(given['number'])
time.sleep(0.01)
os.environ['MINE'] = str(given['number'])
return True, [given['number'], int(os.environ['MINE'])]";
    let attempts = (0..40).map(|number| {
        let attempt = desk.attempt(&action(body), json!({"number": number}));
        async move { (number, attempt.outcome().await) }
    });
    let mut running = tokio::task::JoinSet::new();
    attempts.for_each(|attempt| drop(running.spawn(attempt)));
    let mut count = 0;
    while let Some(ended) = running.join_next().await {
        let (number, outcome) = ended.unwrap();
        assert_eq!(outcome.result["result"], json!([number, number]));
        assert_eq!(outcome.result["stdout"], json!(format!("{number}\n")));
        count += 1;
    }
    assert_eq!(count, 40);
}

#[tokio::test]
async fn secrets_are_not_on_any_command_line_or_in_the_environment() {
    let desk = Desk::new();
    let body = "
here = open('/proc/self/cmdline').read() + open('/proc/self/environ').read()
parent = open(f'/proc/{os.getppid()}/cmdline').read() + open(f'/proc/{os.getppid()}/environ').read()
return True, [secret in here + parent + repr(os.environ) for secret in ('hidden-in-config', 'hidden-in-parameter')]";
    let mut attempt = desk.attempt(&action(body), json!({"password": "hidden-in-parameter"}));
    attempt.run.config = json!({"token": "hidden-in-config"})
        .as_object()
        .unwrap()
        .clone();
    assert_eq!(
        attempt.outcome().await.result["result"],
        json!([false, false])
    );
}
