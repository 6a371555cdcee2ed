//! What actions print.

use squall_model::record::{OutputChunk, OutputKind, Record};

use crate::sample::{execution, id, put, time};
use crate::{World, on_every_store};

fn chunk(sequence: u64, kind: OutputKind, data: &str) -> OutputChunk {
    OutputChunk {
        execution: id(1),
        sequence,
        kind,
        at: time(sequence.cast_signed()),
        data: data.to_owned(),
    }
}

async fn check(
    world: &World,
    kind: Option<OutputKind>,
    (after, limit): (u64, u64),
    expected: &[&OutputChunk],
) {
    let read = world.store.output(id(1), kind, after, limit).await.unwrap();
    assert_eq!(read.iter().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn output_is_read_in_order_and_from_a_point() {
    on_every_store(async |world| {
        let first = chunk(1, OutputKind::Stdout, "line one\n");
        let second = chunk(2, OutputKind::Stderr, "");
        let third = chunk(3, OutputKind::Stdout, &"\u{1}ünïcode ".repeat(100));
        let fourth = chunk(4, OutputKind::Output, &"long ".repeat(200_000));
        let other = OutputChunk {
            execution: id(2),
            ..chunk(1, OutputKind::Stdout, "another's")
        };
        world.record([put(&execution(1)), put(&execution(2))]).await;
        world
            .record([&third, &other, &first].map(|chunk| Record::Output(chunk.clone())))
            .await;
        world
            .record([&second, &fourth].map(|chunk| Record::Output(chunk.clone())))
            .await;
        check(world, None, (0, 9), &[&first, &second, &third, &fourth]).await;
        check(world, None, (1, 2), &[&second, &third]).await;
        check(world, None, (4, 9), &[]).await;
        check(world, None, (u64::MAX, u64::MAX), &[]).await;
        check(world, Some(OutputKind::Stdout), (0, 9), &[&first, &third]).await;
        check(world, Some(OutputKind::Stdout), (1, 9), &[&third]).await;
        let unknown = world.store.output(id(3), None, 0, 9).await.unwrap();
        assert_eq!(unknown, []);
        let again = world.commit([Record::Output(second.clone())]).await;
        assert!(again.is_err(), "{again:?}");
    })
    .await;
}
