//! Packs are listed and shown.

use insta::assert_snapshot;

use super::pair;

#[test]
fn packs_are_listed_and_shown() {
    let Some((_squall, st2)) = pair("the stock client lists packs") else {
        return;
    };
    assert_snapshot!(st2.shows(&["pack", "list"]), @"
    +----------+----------+------------------------------------------+---------+--------------------+
    | ref      | name     | description                              | version | author             |
    +----------+----------+------------------------------------------+---------+--------------------+
    | core     | core     | Actions that every automation needs, and | 1.0.0   | The Squall authors |
    |          |          | the events that Squall itself produces.  |         |                    |
    | default  | default  | Holds what users make over the API       | 1.0.0   | The Squall authors |
    |          |          | without saying in which pack.            |         |                    |
    | examples | examples | Small actions and rules to learn from    | 1.0.0   | The Squall authors |
    |          |          | and to try things with.                  |         |                    |
    | labs_sre | labs_sre | Looks at the pods of a cluster, and      | 1.0.0   | The Squall authors |
    |          |          | saves the heap profile of one that comes |         |                    |
    |          |          | near its memory limit.                   |         |                    |
    | robusta  | robusta  | Playbooks as Robusta has them, and the   | 1.0.0   | The Squall authors |
    |          |          | events that fire them.                   |         |                    |
    +----------+----------+------------------------------------------+---------+--------------------+
    ");
    assert_snapshot!(st2.shows(&["pack", "get", "labs_sre"]), @r#"
    +-------------+--------------------------------------------------------------+
    | Property    | Value                                                        |
    +-------------+--------------------------------------------------------------+
    | name        | labs_sre                                                     |
    | version     | 1.0.0                                                        |
    | author      | The Squall authors                                           |
    | email       | squall@localhost.localdomain                                 |
    | keywords    | [                                                            |
    |             |     "kubernetes",                                            |
    |             |     "pprof",                                                 |
    |             |     "memory"                                                 |
    |             | ]                                                            |
    | description | Looks at the pods of a cluster, and saves the heap profile   |
    |             | of one that comes near its memory limit.                     |
    +-------------+--------------------------------------------------------------+
    "#);
}
