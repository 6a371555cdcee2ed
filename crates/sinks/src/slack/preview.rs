//! `slack_sink_preview`: as `slack_sink`, and what is not wanted of a message can be left out of it.

use squall_model::Json;
use squall_model::finding::{Block, Finding};
use squall_model::http::Http;

use super::Slack;
use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Error, Fault, Later, Message, Sink, Site, Told, ToldSummary};

/// A channel of a workspace, and what stays out of its messages.
pub(crate) struct SlackPreview {
    slack: Slack,
    hide_buttons: bool,
    hide_enrichments: bool,
}

impl Kind for SlackPreview {
    const KIND: &'static str = "slack_sink_preview";
    const ABOUT: &'static str = "messages in a channel of Slack, without buttons or enrichments";
    const EXAMPLE: &'static str = Slack::EXAMPLE;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            slack: Slack::read(given)?,
            hide_buttons: given.flag("hide_buttons", false)?,
            hide_enrichments: given.flag("hide_enrichments", false)?,
        })
    }
}

impl Sink for SlackPreview {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let finding = self.shown(told.finding);
        let finding = &finding;
        self.slack.render(Told { finding, ..told })
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let finding = self.shown(told.finding);
            let finding = &finding;
            self.slack.deliver(Told { finding, ..told }, http).await
        })
    }

    fn channel(&self, finding: &Finding, site: &Site) -> Option<String> {
        self.slack.channel(finding, site)
    }

    fn deliver_summary<'a>(
        &'a self,
        told: ToldSummary<'a>,
        http: &'a dyn Http,
    ) -> Later<'a, Result<Json, Error>> {
        self.slack.deliver_summary(told, http)
    }
}

impl SlackPreview {
    /// The finding without what is hidden.
    fn shown(&self, finding: &Finding) -> Finding {
        let mut finding = finding.clone();
        if self.hide_enrichments {
            finding.enrichments.clear();
        }
        if self.hide_buttons {
            finding.links.clear();
            for enrichment in &mut finding.enrichments {
                let is_button = |block: &Block| {
                    let shown = block.shown();
                    matches!(&*shown, Block::Links(_) | Block::Callback(_))
                };
                enrichment.blocks.retain(|block| !is_button(block));
            }
        }
        finding
    }
}
