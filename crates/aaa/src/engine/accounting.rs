//! Accounting: what a NAS reports. The reply is written now and sent when the packet is on disk.

use std::sync::Arc;

use kernel::{NasId, Ts};
use network::RecordKind;
use radius::packet::text;
use radius::{AccountingRequest, Buffer, Builder, Code, Packet};

use super::{Dropped, Engine, device, finish};
use crate::directory::{Nas, Sighting};
use crate::{record, spool};

impl Engine {
    /// Takes the report into the memory of live sessions and writes the reply.
    ///
    /// A report that is lost before it reaches the disk is repeated by the NAS, and taken again here:
    /// that changes nothing.
    pub(super) fn accounting(
        &self,
        packet: &Packet<'_>,
        nas: &Arc<Nas>,
        now: Ts,
        room: &mut Buffer,
    ) -> Result<usize, Dropped> {
        let request = AccountingRequest::read(packet);
        if let Some(kind) = request.status().map(record::kind) {
            self.see(&request, kind, nas, now)?;
        }
        let mut reply = Builder::reply(room, Code::AccountingResponse, packet);
        if packet.message_authenticator_at().is_some() {
            reply = reply.message_authenticator();
        }
        reply.echo_proxy_state(packet);
        finish(reply, nas)
    }

    /// Takes what was answered before the start and waits in the spool into memory: reports of sessions, and
    /// the clocks of guests.
    pub fn recall(&self, nas: NasId, datagram: &[u8], received_at: Ts) {
        let table = self.directory.nas();
        let Ok(packet) = Packet::parse(datagram) else { return };
        if let Some((code, _)) = spool::guest_of(&packet) {
            if let Some(pass) = self.directory.guests().find(code) {
                pass.kept(received_at);
            }
            return;
        }
        let Some(nas) = table.by_id(nas) else { return };
        let request = AccountingRequest::read(&packet);
        if let Some(kind) = request.status().map(record::kind) {
            // What names no session was answered and kept, and changes nothing here.
            let _ = self.see(&request, kind, nas, received_at);
        }
    }

    fn see(
        &self,
        request: &AccountingRequest<'_>,
        kind: RecordKind,
        nas: &Arc<Nas>,
        now: Ts,
    ) -> Result<(), Dropped> {
        let at = record::event_at(request, now);
        if matches!(kind, RecordKind::On | RecordKind::Off) {
            nas.state.restart(at);
            return Ok(());
        }
        let session = request.session_id.and_then(text);
        let session = session.ok_or(Dropped::Nonsense("accounting without Acct-Session-Id"))?;
        let secs = match kind {
            RecordKind::Start => 0,
            _ => i64::from(request.session_secs.unwrap_or(0)),
        };
        let sighting = Sighting {
            kind,
            nas: nas.id,
            nas_state: &nas.state,
            session,
            mac: device(request.calling_station_id),
            started_at: at.plus_secs(-secs),
            at,
        };
        self.directory.see(request.user_name.unwrap_or_default(), &sighting);
        Ok(())
    }
}
