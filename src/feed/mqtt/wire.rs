//! The packets of both protocols, as far as one who only listens needs them.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rumqttc::mqttbytes::{Error as V4Error, QoS as V4QoS, v4};
use rumqttc::v5::mqttbytes::v5::RetainForwardRule;
use rumqttc::v5::mqttbytes::{Error as V5Error, QoS as V5QoS, v5};

use super::broker::{Broker, Protocol};

/// Seconds after which a broker takes us for gone, when it hears nothing: half as long and we say something.
pub const KEEP_ALIVE: u16 = 30;

/// Seconds for which a broker of MQTT 5 keeps what comes while we are away; one of 3.1.1 as long as it is set to.
const SESSION: u32 = 7 * 86_400;

/// Bytes of a packet. A reading has some hundred.
pub const LONGEST: usize = 64 << 10;

/// The number of our only subscription.
const SUBSCRIPTION: u16 = 1;

/// A message.
#[derive(Debug)]
pub struct Heard {
    /// Its topic.
    pub topic: Bytes,
    /// What it says.
    pub payload: Payload,
    /// Its number, by which it is acknowledged; `None` with quality of service 0.
    pub packet: Option<u16>,
    /// Whether the broker kept it from before.
    pub retained: bool,
}

/// The bytes of a message.
#[derive(Debug)]
pub enum Payload {
    /// All of them.
    Whole(Bytes),
    /// Too many: they were not kept.
    TooLong {
        /// So many.
        bytes: usize,
        /// So many may be.
        most: usize,
    },
}

/// What a broker says.
#[derive(Debug)]
pub enum Said {
    /// We may come in, and are taken for gone after so many seconds.
    Welcome(u16),
    /// From now on messages come.
    Subscribed,
    /// A message.
    Message(Heard),
    /// What needs no answer.
    Nothing,
}

/// Why a conversation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// It does not let us in.
    #[error("the broker refuses the connection: {0}{hint}", hint = hint(.0))]
    Refused(String),
    /// It lets us in and tells us nothing.
    #[error(
        "the broker refuses the subscription `{filter}` ({code}): allow it, or leave ?group= away where it knows no shared subscriptions"
    )]
    Subscription {
        /// Which.
        filter: String,
        /// What it says.
        code: String,
    },
    /// It ends the conversation.
    #[error("the broker ends the connection: {0}; each node needs a name of its own: ?client=NAME")]
    Ended(String),
    /// What it says cannot be read.
    #[error("what the broker says is no MQTT of the version that was asked for ({0}); ?version= is 5 or 3.1.1")]
    Garbled(String),
}

fn hint(code: &str) -> &'static str {
    match code {
        "RefusedProtocolVersion" | "UnsupportedProtocolVersion" => "; write ?version=3.1.1 behind its URL",
        _ => "",
    }
}

impl From<V4Error> for WireError {
    fn from(error: V4Error) -> Self {
        Self::Garbled(error.to_string())
    }
}

impl From<V5Error> for WireError {
    fn from(error: V5Error) -> Self {
        Self::Garbled(error.to_string())
    }
}

/// One end of a connection: bytes in, words out, and the other way.
pub struct Wire {
    protocol: Protocol,
    filter: String,
    /// Bytes of a message that is too long, which are still to come.
    skipping: usize,
}

impl Wire {
    pub fn new(broker: &Broker) -> Self {
        Self { protocol: broker.protocol, filter: broker.filter(), skipping: 0 }
    }

    /// The first word. `window` is how many messages may be unacknowledged, where the protocol can say so.
    pub fn hello(&self, broker: &Broker, window: u16, out: &mut BytesMut) -> Result<(), WireError> {
        let client_id = broker.client.clone();
        match self.protocol {
            Protocol::V4 => {
                let mut connect = v4::Connect::new(client_id);
                connect.keep_alive = KEEP_ALIVE;
                connect.clean_session = false;
                connect.login = broker.login.as_ref().map(|(user, password)| v4::Login::new(user, password));
                v4::Packet::Connect(connect).write(out, LONGEST)?;
            }
            Protocol::V5 => {
                let mut properties = v5::ConnectProperties::new();
                properties.session_expiry_interval = Some(SESSION);
                properties.receive_maximum = Some(window);
                let connect =
                    v5::Connect { keep_alive: KEEP_ALIVE, client_id, clean_start: false, properties: Some(properties) };
                let login = broker.login.as_ref().map(|(user, password)| v5::Login::new(user, password));
                v5::Packet::Connect(connect, None, login).write(out, None)?;
            }
        }
        Ok(())
    }

    /// The second. Said each time: a session that the broker has already gets the same subscription again.
    pub fn subscribe(&self, out: &mut BytesMut) -> Result<(), WireError> {
        match self.protocol {
            Protocol::V4 => {
                let mut subscribe = v4::Subscribe::new(&self.filter, V4QoS::AtLeastOnce);
                subscribe.pkid = SUBSCRIPTION;
                v4::Packet::Subscribe(subscribe).write(out, LONGEST)?;
            }
            Protocol::V5 => {
                let mut filter = v5::Filter::new(&self.filter, V5QoS::AtLeastOnce);
                // What the broker keeps is told once, not after each connection.
                filter.retain_forward_rule = RetainForwardRule::OnNewSubscribe;
                let subscribe = v5::Subscribe { pkid: SUBSCRIPTION, filters: vec![filter], properties: None };
                v5::Packet::Subscribe(subscribe).write(out, None)?;
            }
        }
        Ok(())
    }

    /// A message was dealt with. Both protocols write it in the same four bytes (MQTT 5, section 3.4.2.1: success without properties).
    pub fn acknowledge(packet: u16, out: &mut BytesMut) {
        out.put_slice(&[0x40, 2]);
        out.put_u16(packet);
    }

    /// We are still there.
    pub fn ping(out: &mut BytesMut) {
        out.put_slice(&[0xC0, 0]);
    }

    /// We go, and come back: the session stays.
    pub fn goodbye(out: &mut BytesMut) {
        out.put_slice(&[0xE0, 0]);
    }

    /// The next word, `None` until all of it is there.
    pub fn next(&mut self, stream: &mut BytesMut) -> Result<Option<Said>, WireError> {
        let skipped = self.skipping.min(stream.len());
        stream.advance(skipped);
        self.skipping -= skipped;
        let Some((begin, rest)) = frame(stream)? else { return Ok(None) };
        if rest > LONGEST {
            return Ok(self.too_long(begin, rest, stream)?.map(Said::Message));
        }
        if stream.len() < begin + rest {
            return Ok(None);
        }
        match self.protocol {
            Protocol::V4 => self.said_v4(v4::Packet::read(stream, LONGEST)?),
            Protocol::V5 => self.said_v5(v5::Packet::read(stream, None)?),
        }
        .map(Some)
    }

    /// Whom a message is for and its number, without the rest of it: left unacknowledged it would come again for ever.
    fn too_long(&mut self, begin: usize, rest: usize, stream: &mut BytesMut) -> Result<Option<Heard>, WireError> {
        const PUBLISH: u8 = 3;
        if stream[0] >> 4 != PUBLISH {
            return Err(WireError::Garbled(format!("a packet of {rest} bytes")));
        }
        let (quality, retained) = ((stream[0] >> 1) & 3, stream[0] & 1 == 1);
        let number = if quality > 0 { 2 } else { 0 };
        let Some(topic) = stream.get(begin..begin + 2).map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])))
        else {
            return Ok(None);
        };
        let head = 2 + topic + number;
        if stream.len() < begin + head {
            return Ok(None);
        }
        stream.advance(begin + 2);
        let topic = stream.split_to(topic).freeze();
        let packet = (quality > 0).then(|| stream.get_u16());
        self.skipping = rest - head;
        let payload = Payload::TooLong { bytes: rest, most: LONGEST };
        Ok(Some(Heard { topic, payload, packet, retained }))
    }

    fn said_v4(&self, packet: v4::Packet) -> Result<Said, WireError> {
        match packet {
            v4::Packet::ConnAck(v4::ConnAck { code: v4::ConnectReturnCode::Success, .. }) => {
                Ok(Said::Welcome(KEEP_ALIVE))
            }
            v4::Packet::ConnAck(refused) => Err(WireError::Refused(format!("{:?}", refused.code))),
            v4::Packet::SubAck(ack) => match ack.return_codes[..] {
                [v4::SubscribeReasonCode::Success(_)] => Ok(Said::Subscribed),
                ref codes => Err(self.unsubscribed(&format!("{codes:?}"))),
            },
            v4::Packet::Publish(publish) => Ok(Said::Message(Heard {
                topic: publish.topic.into(),
                payload: Payload::Whole(publish.payload),
                packet: (publish.qos != V4QoS::AtMostOnce).then_some(publish.pkid),
                retained: publish.retain,
            })),
            v4::Packet::Disconnect => Err(WireError::Ended("it says no more".to_owned())),
            _ => Ok(Said::Nothing),
        }
    }

    fn said_v5(&self, packet: v5::Packet) -> Result<Said, WireError> {
        match packet {
            v5::Packet::ConnAck(v5::ConnAck { code: v5::ConnectReturnCode::Success, properties, .. }) => {
                // What the broker wants counts (MQTT 5, section 3.2.2.3.14).
                let wanted =
                    properties.and_then(|properties| properties.server_keep_alive).filter(|wanted| *wanted > 0);
                Ok(Said::Welcome(wanted.map_or(KEEP_ALIVE, |wanted| wanted.min(KEEP_ALIVE))))
            }
            v5::Packet::ConnAck(refused) => Err(WireError::Refused(format!("{:?}", refused.code))),
            v5::Packet::SubAck(ack) => match ack.return_codes[..] {
                [v5::SubscribeReasonCode::Success(_)] => Ok(Said::Subscribed),
                ref codes => Err(self.unsubscribed(&format!("{codes:?}"))),
            },
            v5::Packet::Publish(publish) => Ok(Said::Message(Heard {
                topic: publish.topic,
                payload: Payload::Whole(publish.payload),
                packet: (publish.qos != V5QoS::AtMostOnce).then_some(publish.pkid),
                retained: publish.retain,
            })),
            v5::Packet::Disconnect(disconnect) => Err(WireError::Ended(format!("{:?}", disconnect.reason_code))),
            _ => Ok(Said::Nothing),
        }
    }

    fn unsubscribed(&self, code: &str) -> WireError {
        WireError::Subscription { filter: self.filter.clone(), code: code.to_owned() }
    }
}

/// The length of a packet's fixed header and of what follows it, `None` until the header is there (MQTT 3.1.1, section 2.2.3).
fn frame(stream: &[u8]) -> Result<Option<(usize, usize)>, WireError> {
    let mut rest = 0;
    for (at, byte) in stream.iter().skip(1).take(4).enumerate() {
        rest |= usize::from(byte & 0x7F) << (7 * at);
        if byte & 0x80 == 0 {
            return Ok(Some((at + 2, rest)));
        }
    }
    if stream.len() >= 5 { Err(WireError::Garbled("a length of more than four bytes".to_owned())) } else { Ok(None) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(protocol: Protocol) -> Wire {
        Wire { protocol, filter: "f".into(), skipping: 0 }
    }

    /// A message as the specification draws it (MQTT 3.1.1, section 3.3).
    fn publish(protocol: Protocol, quality: u8, topic: &str, payload: &[u8]) -> Vec<u8> {
        let mut body = u16::try_from(topic.len()).expect("short").to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        if quality > 0 {
            body.extend([1, 2]);
        }
        if protocol == Protocol::V5 {
            body.push(0);
        }
        body.extend(payload);
        let mut packet = vec![0x30 | (quality << 1)];
        let mut rest = body.len();
        loop {
            let more = if rest > 127 { 0x80 } else { 0 };
            packet.push(u8::try_from(rest & 0x7F).expect("seven bits") | more);
            rest >>= 7;
            if rest == 0 {
                break;
            }
        }
        packet.extend(body);
        packet
    }

    /// However the bytes come, the same is heard, and a message that is too long is passed over.
    #[test]
    fn messages_are_heard_byte_by_byte_and_those_too_long_are_passed_over() {
        for protocol in [Protocol::V4, Protocol::V5] {
            let long = vec![b'x'; LONGEST + 1];
            let mut bytes = publish(protocol, 1, "a/b", b"{}");
            bytes.extend(publish(protocol, 1, "long", &long));
            bytes.extend(publish(protocol, 0, "long", &long));
            bytes.extend([0xD0, 0]);
            bytes.extend(publish(protocol, 0, "c", b"12"));
            for step in [1, 7, 4096, bytes.len()] {
                let (mut wire, mut stream, mut heard) = (wire(protocol), BytesMut::new(), Vec::new());
                for some in bytes.chunks(step) {
                    stream.extend_from_slice(some);
                    while let Some(said) = wire.next(&mut stream).expect("sound") {
                        if let Said::Message(message) = said {
                            let size = match message.payload {
                                Payload::Whole(payload) => payload.len(),
                                Payload::TooLong { bytes, .. } => bytes,
                            };
                            heard.push((
                                String::from_utf8(message.topic.to_vec()).expect("text"),
                                message.packet,
                                size,
                            ));
                        }
                    }
                }
                let extra = usize::from(protocol == Protocol::V5);
                let expected = [
                    ("a/b".to_owned(), Some(258), 2),
                    ("long".to_owned(), Some(258), LONGEST + 1 + 8 + extra),
                    ("long".to_owned(), None, LONGEST + 1 + 6 + extra),
                    ("c".to_owned(), None, 2),
                ];
                assert_eq!(heard, expected, "{protocol:?}, {step} bytes at a time");
                assert!(stream.is_empty());
            }
        }
    }

    #[test]
    fn what_is_no_mqtt_ends_the_conversation() {
        for bytes in
            [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0x20, 0xFF, 0xFF, 0xFF, 0xFF], &[0x90, 0xFF, 0xFF, 0x7F, 0]]
        {
            for protocol in [Protocol::V4, Protocol::V5] {
                let said = wire(protocol).next(&mut BytesMut::from(bytes));
                assert!(said.is_err() || matches!(said, Ok(None)), "{bytes:?}: {said:?}");
            }
        }
    }
}
