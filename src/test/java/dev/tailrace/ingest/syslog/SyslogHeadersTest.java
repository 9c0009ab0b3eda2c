package dev.tailrace.ingest.syslog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tailrace.model.DeviceId;
import dev.tailrace.model.Line;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Headers as devices and programs write them. Columns: the message; the device, or nothing for the sender's address; the
 * service; the time, where {@code =} is 10 o'clock on 29 November 2026 and {@code .123} a fraction after it; the text;
 * attributes that the line has.
 */
@Tag("unit")
class SyslogHeadersTest {

    private static final long NOW = Instant.parse("2026-11-30T12:00:00Z").toEpochMilli();

    private final SyslogParser parser = new SyslogParser(new SyslogTime(ZoneOffset.UTC, () -> NOW));

    private Line read(String message) {
        byte[] bytes = ("<13>" + message + ">").getBytes(StandardCharsets.UTF_8);
        return parser.read(bytes, 4, bytes.length - 1);
    }

    private void assertRead(
            String message, String device, String service, String time, String text, String attributes) {
        Line line = read(message);
        DeviceId named = parser.device();
        assertThat(named == null ? null : named.value()).as("device").isEqualTo(device);
        assertThat(line.service()).as("service").isEqualTo(service);
        Instant at = line.timestamp() == null ? null : Instant.ofEpochMilli(line.timestamp());
        assertThat(at).as("time").isEqualTo(time(time));
        assertThat(line.message()).as("text").isEqualTo(text);
        JsonObject found = line.attributes() == null
                ? new JsonObject()
                : Buffer.buffer(line.attributes()).toJsonObject();
        if (attributes != null) {
            assertThat(found.getMap()).containsAllEntriesOf(new JsonObject(attributes).getMap());
        }
        if (line.timestamp() != null) {
            assertThat(found.containsKey("timestamp")).as("an unread time").isFalse();
        }
    }

    private static Instant time(String time) {
        if (time == null) {
            return null;
        }
        return time.startsWith("2") || time.startsWith("1")
                ? Instant.parse(time)
                : Instant.parse("2026-11-29T10:00:00" + time.replace("=", "") + "Z");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '~', quoteCharacter = '`', textBlock = """
        # IOS: with and without number, marks, name, year, zone, fraction, time since the start
        <189>Nov 29 10:00:00: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ = ~ hey ~
        <189>Nov 29 10:00:00.663: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ .663 ~ hey ~
        <189>47: Nov 29 10:00:00.663: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ .663 ~ hey ~ {"sequence":"47"}
        <189>47: .Nov 29 10:00:00.001: %LINEPROTO-5-UPDOWN: hey changed ~ ~ %LINEPROTO-5-UPDOWN ~ .001 ~ hey changed ~
        <189>47: *Nov 29 10:00:00.001: %LINEPROTO-5-UPDOWN: hey ~ ~ %LINEPROTO-5-UPDOWN ~ .001 ~ hey ~
        <189>000047: *Nov  9 10:00:00: %SYS-6-LOGOUT: hey ~ ~ %SYS-6-LOGOUT ~ 2026-11-09T10:00:00Z ~ hey ~ {"sequence":"000047"}
        <189>*Nov 29 10:00:00.001 UTC: %SYS-6-LOGOUT: hey ~ ~ %SYS-6-LOGOUT ~ .001 ~ hey ~
        <189>49: sw-a: Nov 29 2026 10:00:00.123 UTC: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ .123 ~ hey ~ {"sequence":"49"}
        <189>49: sw-a: Nov 29 11:00:00.123 CET: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ .123 ~ hey ~
        <189>49: sw-a: 000012: *Nov 29 10:00:00.123: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ .123 ~ hey ~
        <189>: sw-a: 000012: Nov 29 10:00:00.123: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ .123 ~ hey ~
        <189>49: 192.0.2.7: Nov 29 10:00:00: %LINK-3-UPDOWN: hey ~ 192.0.2.7 ~ %LINK-3-UPDOWN ~ = ~ hey ~
        <189>sw-a: Nov 29 10:00:00: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ = ~ hey ~
        <189>49: Nov 29 10:00:00 LOCAL: %LINK-3-UPDOWN: hey ~ ~ %LINK-3-UPDOWN ~ = ~ hey ~
        <189>49: Nov 29 10:00:00.5 XYZ: %LINK-3-UPDOWN: hey ~ ~ %LINK-3-UPDOWN ~ .5 ~ hey ~
        <189>49: 00:00:46: %LINK-3-UPDOWN: hey ~ ~ %LINK-3-UPDOWN ~ ~ hey ~ {"sequence":"49"}
        <189>49: 1w2d: %LINK-3-UPDOWN: hey ~ ~ %LINK-3-UPDOWN ~ ~ hey ~
        <189>49: sw-a: 3d04h: %LINK-3-UPDOWN: hey ~ sw-a ~ %LINK-3-UPDOWN ~ ~ hey ~
        <189>49: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ ~ hey ~ {"sequence":"49"}
        <189>%SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ ~ hey ~
        <189>: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ ~ hey ~
        <189>Nov 29 10:00:00 sw-b 88: *Nov 29 10:00:00.123: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ = ~ hey ~ {"sequence":"88"}
        <189>Nov 29 10:00:00 sw-b 88: Nov 29 10:00:00.123: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ .123 ~ hey ~
        <189>Nov 29 10:00:00 sw-b 88: sw-c: Nov 29 10:00:00.123: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ .123 ~ hey ~
        <189>Nov 29 10:00:00 sw-b Nov 29 10:00:00.123: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ .123 ~ hey ~
        <189>Nov 29 10:00:00 sw-b 88: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ = ~ hey ~
        <189>Nov 29 10:00:00 sw-b : 88: Nov 29 10:00:00: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ = ~ hey ~
        <189>2026-11-29T10:00:00+00:00 sw-b 88: .Nov 29 10:00:00.123: %SYS-5-CONFIG_I: hey ~ sw-b ~ %SYS-5-CONFIG_I ~ .123 ~ hey ~
        # IOS XR, wireless controllers, telephony, Nexus
        <187>103: RP/0/RSP0/CPU0:Nov 29 10:00:00.123 UTC: ifmgr[206]: %PKT_INFRA-LINK-3-UPDOWN : hey ~ ~ ifmgr ~ .123 ~ %PKT_INFRA-LINK-3-UPDOWN : hey ~ {"procid":"206","node":"RP/0/RSP0/CPU0"}
        <187>103: xr-a RP/0/RSP0/CPU0:Nov 29 10:00:00.123 UTC: ifmgr[206]: hey ~ xr-a ~ ifmgr ~ .123 ~ hey ~
        <187>103: LC/0/0/CPU0:2026 Nov 29 10:00:00.123 : ifmgr[206]: hey ~ ~ ifmgr ~ .123 ~ hey ~
        <134>wlc-a: *spamApTask4: Nov 29 10:00:00.123: %CAPWAP-3-ECHO_ERR: hey ~ wlc-a ~ %CAPWAP-3-ECHO_ERR ~ .123 ~ hey ~ {"node":"*spamApTask4"}
        <189>92: cucm-a.example.com: Nov 29 2026 10:00:00 AM.123 UTC :  %UC_CALL-4-Unknown: hey ~ cucm-a.example.com ~ %UC_CALL-4-Unknown ~ .123 ~ hey ~
        <189>92: cucm-a: Nov 29 2026 10:00:00.123 PM UTC : %UC_CALL-4-Unknown: hey ~ cucm-a ~ %UC_CALL-4-Unknown ~ 2026-11-29T22:00:00.123Z ~ hey ~
        <189>: 2026 Nov 29 10:00:00 UTC: %ETHPORT-5-IF_UP: hey ~ ~ %ETHPORT-5-IF_UP ~ = ~ hey ~
        <189>: 2026 Nov  9 10:00:00.123 CET: %ETHPORT-5-IF_UP: hey ~ ~ %ETHPORT-5-IF_UP ~ 2026-11-09T09:00:00.123Z ~ hey ~
        <189>: nx-a: 2026 Nov 29 10:00:00 UTC: %ETHPORT-5-IF_UP: hey ~ nx-a ~ %ETHPORT-5-IF_UP ~ = ~ hey ~
        <189>2026 Nov 29 10:00:00 nx-a %ETHPORT-5-IF_UP: hey ~ nx-a ~ %ETHPORT-5-IF_UP ~ = ~ hey ~
        <189>2026 Nov 29 10:00:00 nx-a : %ETHPORT-5-IF_UP: hey ~ nx-a ~ %ETHPORT-5-IF_UP ~ = ~ hey ~
        <189>Nov 29 10:00:00 nx-a : 2026 Nov 29 10:00:00.123 UTC: %ETHPORT-5-IF_UP: hey ~ nx-a ~ %ETHPORT-5-IF_UP ~ .123 ~ hey ~
        # ASA, FTD, ISE
        <166>%ASA-6-302013: hey ~ ~ %ASA-6-302013 ~ ~ hey ~
        <166>Sep 14 2016 10:07:20: %ASA-6-302013: hey ~ ~ %ASA-6-302013 ~ 2016-09-14T10:07:20Z ~ hey ~
        <166>Nov 29 2026 10:00:00 asa-n %ASA-6-302013: hey ~ asa-n ~ %ASA-6-302013 ~ = ~ hey ~
        <166>Nov 29 2026 10:00:00 asa-n : %ASA-6-302013: hey ~ asa-n ~ %ASA-6-302013 ~ = ~ hey ~
        <166>Nov 29 2026 10:00:00 asa-n: %ASA-6-302013: hey ~ asa-n ~ %ASA-6-302013 ~ = ~ hey ~
        <166>Nov 29 2026 10:00:00: asa-n : %ASA-6-302013: hey ~ ~ ~ = ~ asa-n : %ASA-6-302013: hey ~
        <166>Nov 29 10:00:00 UTC: %ASA-6-302013: hey ~ ~ %ASA-6-302013 ~ = ~ hey ~
        <166>Nov 29 11:00:00 CET asa-n : %ASA-6-302013: hey ~ asa-n ~ %ASA-6-302013 ~ = ~ hey ~
        <166>:Nov 29 10:00:00 UTC: %ASA-session-6-302013: hey ~ ~ %ASA-session-6-302013 ~ = ~ hey ~
        <166>2018-06-27T12:17:46Z firepower-b : %FTD-6-110002: hey ~ firepower-b ~ %FTD-6-110002 ~ 2018-06-27T12:17:46Z ~ hey ~
        <166>2026-11-29T10:00:00Z: %FTD-6-110002: hey ~ ~ %FTD-6-110002 ~ = ~ hey ~
        <166>2026-11-29T10:00:00Z  %FTD-6-110002: hey ~ ~ %FTD-6-110002 ~ = ~ hey ~
        <113>Nov 29 2026 10:00:00 ftd-a : %FTD-1-430002: EventPriority: Low, hey ~ ftd-a ~ %FTD-1-430002 ~ = ~ EventPriority: Low, hey ~
        <181> Nov 9 10:00:00 ISE-A CISE_Failed_Attempts 000231543 1 0 hey ~ ISE-A ~ ~ 2026-11-09T10:00:00Z ~ CISE_Failed_Attempts 000231543 1 0 hey ~
        <181>Nov  9 10:00:00 ise-b CISE_Passed_Authentications 0000000001 1 0 2026-11-09 10:00:00.123 +00:00 hey ~ ise-b ~ ~ 2026-11-09T10:00:00Z ~ CISE_Passed_Authentications 0000000001 1 0 2026-11-09 10:00:00.123 +00:00 hey ~
        # other network devices
        <141>Nov 29 10:00:00 2026 aruba-c stm[2345]: <501106> <NOTI> hey ~ aruba-c ~ stm ~ = ~ <501106> <NOTI> hey ~ {"procid":"2345"}
        <141>Nov 29 10:00:00 2026 192.0.2.5 cli[2056]: <341004> hey ~ 192.0.2.5 ~ cli ~ = ~ <341004> hey ~
        <141>Nov 29 10:00:00 2026 [192.0.2.5] authmgr[1]: hey ~ 192.0.2.5 ~ authmgr ~ = ~ hey ~
        <30>Nov 29 10:00:00.123 2026 srx-b mgd[1234]: hey ~ srx-b ~ mgd ~ .123 ~ hey ~ {"procid":"1234"}
        <30>Nov 29 10:00:00  srx-b /kernel: hey ~ srx-b ~ /kernel ~ = ~ hey ~
        <30>Nov 29 10:00:00.123  srx-b mgd[1234]: hey ~ srx-b ~ mgd ~ .123 ~ hey ~
        <30>Nov 29 10:00:00 2026 srx-b rpd[1]: hey ~ srx-b ~ rpd ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00.123Z srx-b RT_FLOW - RT_FLOW_SESSION_CREATE [junos@2636.1.1.1.2.40 a="b"] hey ~ srx-b ~ RT_FLOW ~ .123 ~ hey ~ {"msgid":"RT_FLOW_SESSION_CREATE","junos@2636.1.1.1.2.40":{"a":"b"}}
        <134>1 1795946400.123456789 MX84-a urls src=192.0.2.1:61 hey ~ MX84-a ~ urls ~ .123 ~ src=192.0.2.1:61 hey ~
        <134>1 1795946400.123456789 MX84_a flows allow src=192.0.2.1 hey ~ MX84_a ~ flows ~ .123 ~ allow src=192.0.2.1 hey ~
        <134>1 1795946400 MX84-a events type=association hey ~ MX84-a ~ events ~ = ~ type=association hey ~
        <134>1 1795946400123 MX84-a events hey you ~ MX84-a ~ events ~ .123 ~ hey you ~
        <134>1795946400.123 MX84-a urls src=hey ~ MX84-a ~ ~ .123 ~ urls src=hey ~
        <14> Nov 29 10:00:00 192.0.2.9 00076 ports:  port 5 hey ~ 192.0.2.9 ~ ports ~ = ~ ` port 5 hey` ~ {"sequence":"00076"}
        <14>Nov 29 10:00:00 procurve-a 00331 FFI: hey ~ procurve-a ~ FFI ~ = ~ hey ~
        <14>Nov 29 10:00:00 00076 ports: hey ~ ~ ports ~ = ~ hey ~ {"sequence":"00076"}
        <188>Nov 29 10:00:00 2026 hp-a %%10SHELL/4/LOGIN: hey ~ hp-a ~ %%10SHELL/4/LOGIN ~ = ~ hey ~
        <188>Nov 29 2026 10:00:00+00:00 hw-a %%01IFNET/4/IF_STATE(l)[12]:hey ~ hw-a ~ %%01IFNET/4/IF_STATE(l) ~ = ~ hey ~
        <189>Nov 29 10:00:00 arista-a Ebra: %LINEPROTO-5-UPDOWN: hey ~ arista-a ~ Ebra ~ = ~ %LINEPROTO-5-UPDOWN: hey ~
        <30>Nov 29 10:00:00 MikroTik firewall,info forward: hey ~ MikroTik ~ ~ = ~ firewall,info forward: hey ~
        <30>firewall,info forward: in:ether1 hey ~ ~ ~ ~ firewall,info forward: in:ether1 hey ~
        <30>Nov 29 10:00:00 U7PG2,788a20,v4.0.80 hostapd: hey ~ U7PG2_788a20_v4.0.80 ~ hostapd ~ = ~ hey ~
        <4>Nov 29 10:00:00 UAP-Lobby 788a20c1,UAP-AC-LR-6.0: kernel: hey ~ UAP-Lobby ~ 788a20c1,UAP-AC-LR-6.0 ~ = ~ kernel: hey ~
        <134>Nov 29 10:00:00 bigip-a notice mcpd[5210]: 01070638:5: hey ~ bigip-a ~ mcpd ~ = ~ 01070638:5: hey ~ {"procid":"5210"}
        <189>date=2026-11-29 time=10:00:00 devname="FGT-A" level="notice" msg="hey: you" ~ ~ ~ ~ date=2026-11-29 time=10:00:00 devname="FGT-A" level="notice" msg="hey: you" ~
        <14>Nov 29 10:00:00 PA-A 1,2026/11/29 10:00:00,0011,TRAFFIC,hey ~ PA-A ~ ~ = ~ 1,2026/11/29 10:00:00,0011,TRAFFIC,hey ~
        <14>Nov 29 10:00:00  1,2026/11/29 10:00:00,0011,TRAFFIC,hey ~ ~ ~ = ~ 1,2026/11/29 10:00:00,0011,TRAFFIC,hey ~
        <30>device="SFW" date=2026-11-29 time=10:00:00 timezone="CET" hey ~ ~ ~ ~ device="SFW" date=2026-11-29 time=10:00:00 timezone="CET" hey ~
        <30>2026:11:29-10:00:00 utm-a ulogd[4711]: id="2001" hey ~ utm-a ~ ulogd ~ = ~ id="2001" hey ~
        <134>id=firewall sn=00 time="2026-11-29 10:00:00 UTC" msg="hey" ~ ~ ~ ~ id=firewall sn=00 time="2026-11-29 10:00:00 UTC" msg="hey" ~
        <140>Nov 29 10:00:00 WG-A 80B1 (2026-11-29T10:00:00) firewall: hey ~ WG-A ~ ~ = ~ 80B1 (2026-11-29T10:00:00) firewall: hey ~
        <189>2026/11/29-10:00:00, [SEC-1203], 8, hey ~ ~ ~ = ~ [SEC-1203], 8, hey ~
        <134>Nov 29 10:00:00 fw-a CEF:0|Vendor|Product|1.0|100|hey ~ fw-a ~ ~ = ~ CEF:0|Vendor|Product|1.0|100|hey ~
        <134>CEF:0|Vendor|Product|1.0|100|hey ~ ~ ~ ~ CEF:0|Vendor|Product|1.0|100|hey ~
        # hypervisors and systems
        <166>2026-11-29T10:00:00.123Z esx-a Hostd: info hostd[2099898] [Originator@6876 sub=Vimsvc] hey ~ esx-a ~ Hostd ~ .123 ~ info hostd[2099898] [Originator@6876 sub=Vimsvc] hey ~
        <166>2026-11-29T10:00:00.123Z esx-a hostd[2099898]: [Originator@6876 sub=Vimsvc] hey ~ esx-a ~ hostd ~ .123 ~ [Originator@6876 sub=Vimsvc] hey ~
        <14>2026-11-29T10:00:00.123Z esx-a vmkernel: cpu3:2097)hey ~ esx-a ~ vmkernel ~ .123 ~ cpu3:2097)hey ~
        <14>1 2026-11-29T10:00:00.123Z esx-a Hostd 2099898 - - hey ~ esx-a ~ Hostd ~ .123 ~ hey ~
        <38>Nov 29 10:00:00 sol-a sshd[123]: [ID 800047 auth.info] hey ~ sol-a ~ sshd ~ = ~ [ID 800047 auth.info] hey ~
        <38>Nov 29 10:00:00 Message forwarded from aix-a: sshd[123]: hey ~ aix-a ~ sshd ~ = ~ hey ~
        <38>Nov 29 10:00:00 Message forwarded from aix-a: hey you ~ aix-a ~ ~ = ~ hey you ~
        <13>Nov 29 10:00:00 last message repeated 3 times ~ ~ ~ = ~ last message repeated 3 times ~
        <13>Nov 29 10:00:00 host-a last message repeated 3 times ~ host-a ~ ~ = ~ last message repeated 3 times ~
        <13>Nov 29 10:00:00 host-a message repeated 2 times: [ hey] ~ host-a ~ ~ = ~ message repeated 2 times: [ hey] ~
        <13>Nov 29 10:00:00 host-a -- MARK -- ~ host-a ~ ~ = ~ -- MARK -- ~
        <13>Nov 29 10:00:00 -- MARK -- ~ ~ ~ = ~ -- MARK -- ~
        <14>Nov 29 10:00:00 WIN-A MSWinEventLog\t1\tSecurity\they ~ WIN-A ~ ~ = ~ MSWinEventLog\t1\tSecurity\they ~
        <6>[  123.456789] usb 1-1: hey ~ ~ ~ ~ [  123.456789] usb 1-1: hey ~
        # times
        <13>Nov 29 10:00:00.123 kitchen-a app: hey ~ kitchen-a ~ app ~ .123 ~ hey ~
        <13>Nov 29 10:00:00.123456 kitchen-c app[3]: hey ~ kitchen-c ~ app ~ .123 ~ hey ~ {"procid":"3"}
        <13>Nov 29 10:00:00.123456789 kitchen-c app[3]: hey ~ kitchen-c ~ app ~ .123 ~ hey ~
        <13>Nov 29 10:00:00,123 kitchen-c app[3]: hey ~ kitchen-c ~ app ~ .123 ~ hey ~
        <13>Nov 29 10:00:00.1 kitchen-c app[3]: hey ~ kitchen-c ~ app ~ .1 ~ hey ~
        <13>Nov 29 10:00:00 CET gw-a app: hey ~ gw-a ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 EST gw-a app: hey ~ gw-a ~ app ~ 2026-11-29T15:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 IST gw-a app: hey ~ gw-a ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 GMT+01:00 gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 GMT+1 gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 UTC-0330 gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T13:30:00Z ~ hey ~
        <13>Nov 29 10:00:00 Europe/Berlin gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 -03 gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T13:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 +0100 gw-d app: hey ~ gw-d ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00+01:00 gw-e app: hey ~ gw-e ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00.5+0100 gw-e app: hey ~ gw-e ~ app ~ 2026-11-29T09:00:00.5Z ~ hey ~
        <13>Nov 29 10:00:00Z gw-e app: hey ~ gw-e ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00CET gw-e app: hey ~ gw-e ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Nov 29 10:00:00 2026 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 2026 CET host-5f app: hey ~ host-5f ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Sun Nov 29 10:00:00 CET 2026 host-5f app: hey ~ host-5f ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>Sun Nov 29 10:00:00 2026 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>29 Nov 2026 10:00:00 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>29 Nov 10:00:00 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>Nov 29, 2026 10:00:00 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>NOV 29 10:00:00 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>2026 Nov 29 10:00:00 host-5f app: hey ~ host-5f ~ app ~ = ~ hey ~
        <13>2026-11-29 10:00:00 host-5g app: hey ~ host-5g ~ app ~ = ~ hey ~
        <13>2026-11-29 10:00:00,123 host-5g app: hey ~ host-5g ~ app ~ .123 ~ hey ~
        <13>2026-11-29 10:00:00 UTC host-5g app: hey ~ host-5g ~ app ~ = ~ hey ~
        <13>2026/11/29 10:00:00 host-5g app: hey ~ host-5g ~ app ~ = ~ hey ~
        <13>2026-11-29T10:00:00 host-5g app: hey ~ host-5g ~ app ~ = ~ hey ~
        <13>2026-11-29T10:00:00.123456789Z host-5g app: hey ~ host-5g ~ app ~ .123 ~ hey ~
        <13>2026-11-29T10:00:00+0100 host-5q app: hey ~ host-5q ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>2026-11-29T10:00:00+01 host-5q app: hey ~ host-5q ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <13>2026-11-29T10:00:00 +01:00 host-5q app: hey ~ host-5q ~ app ~ 2026-11-29T09:00:00Z ~ hey ~
        <14> 2026-11-29T10:00:00Z host-6l app[1]: hey ~ host-6l ~ app ~ = ~ hey ~
        <13>Nov 31 10:00:00 host-5h app: hey ~ host-5h ~ app ~ ~ hey ~ {"timestamp":"Nov 31 10:00:00"}
        <13>Nov 29 25:00:00 host-5h app: hey ~ host-5h ~ app ~ ~ hey ~ {"timestamp":"Nov 29 25:00:00"}
        <13>2026-13-29T10:00:00Z host-5h app: hey ~ host-5h ~ app ~ ~ hey ~ {"timestamp":"2026-13-29T10:00:00Z"}
        <13>Nov 31 10:00:00 [main] hey ~ ~ ~ ~ Nov 31 10:00:00 [main] hey ~ {}
        <189>47: Nov 31 10:00:00: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ ~ hey ~ {"sequence":"47","timestamp":"Nov 31 10:00:00"}
        # hosts and tags
        <13>Nov 29 10:00:00 2001:db8::1 app: hey ~ 2001_db8__1 ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 [2001:db8::1] app: hey ~ 2001_db8__1 ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 host-6r app[12] hey ~ host-6r ~ app ~ = ~ hey ~ {"procid":"12"}
        <13>Nov 29 10:00:00 host-6r app[12]hey ~ host-6r ~ ~ = ~ app[12]hey ~
        <13>Nov 29 10:00:00 app[12]: hey ~ ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 - app: hey ~ ~ app ~ = ~ hey ~
        <13>Nov 29 10:00:00 host-a sshd(pam_unix)[7]: hey ~ host-a ~ sshd(pam_unix) ~ = ~ hey ~
        <13>Nov 29 10:00:00 host-a postfix/smtpd[7]: hey ~ host-a ~ postfix/smtpd ~ = ~ hey ~
        <13>Nov 29 10:00:00 host-a [main] com.example.App - hey ~ host-a ~ ~ = ~ [main] com.example.App - hey ~
        <13>Nov 29 10:00:00 [main] com.example.App - hey ~ ~ ~ = ~ [main] com.example.App - hey ~
        <13>Nov 29 10:00:00 INFO app: hey ~ ~ ~ = ~ INFO app: hey ~
        <13>Nov 29 10:00:00 .123 host-a app: hey ~ ~ ~ = ~ .123 host-a app: hey ~
        <13>Nov 29 10:00:00 10:00:01 host-a hey ~ ~ ~ = ~ 10:00:01 host-a hey ~
        <13>Nov 29 10:00:00 2026-11-29 hey you ~ ~ ~ = ~ 2026-11-29 hey you ~
        <13>Nov 29 10:00:00 2026-11-29T10:00:00 hey you ~ ~ ~ = ~ 2026-11-29T10:00:00 hey you ~
        <13>Nov 29 10:00:00 12345 hey you ~ ~ ~ = ~ 12345 hey you ~
        <13>Nov 29 10:00:00 host-a 12345: hey ~ host-a ~ ~ = ~ 12345: hey ~
        <13>Nov 29 10:00:00 host-a 0x7f3a: hey ~ host-a ~ ~ = ~ 0x7f3a: hey ~
        <13>Nov 29 10:00:00 Hello, hey ~ ~ ~ = ~ Hello, hey ~
        <13>Nov 29 10:00:00 user=root hey you ~ ~ ~ = ~ user=root hey you ~
        <13>{"a": 1, "k":"hey"} ~ ~ ~ ~ {"a": 1, "k":"hey"} ~
        <38>User logged into the appliance. User: x. ~ ~ ~ ~ User logged into the appliance. User: x. ~
        # RFC 5424 with less than it asks for
        <14>1 2026-11-29 10:00:00 host-4k app - - - hey ~ host-4k ~ app ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00+0000 host-4k app - - - hey ~ host-4k ~ app ~ = ~ hey ~
        <14>1 Nov 29 10:00:00 host-4k app - - - hey ~ host-4k ~ app ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00Z host-c app 1 - [a@1 b="c" hey without end ~ host-c ~ app ~ = ~ [a@1 b="c" hey without end ~ {"procid":"1"}
        <14>1 2026-11-29T10:00:00Z host-c app 1 - [a@1 b="c hey without end ~ host-c ~ app ~ = ~ [a@1 b="c hey without end ~
        <14>1 2026-11-29T10:00:00Z host-c app 1 - [a@1 b="c"][d@1 hey ~ host-c ~ app ~ = ~ [d@1 hey ~ {"a@1":{"b":"c"}}
        <14>1 2026-11-29T10:00:00Z host-c app 1 - [a@1 b="c"]hey ~ host-c ~ app ~ = ~ hey ~ {"a@1":{"b":"c"}}
        <134>1 2026-11-29T10:00:00Z cpgw CheckPoint 1234 - [action:"Accept"; flags:"411908"] hey ~ cpgw ~ CheckPoint ~ = ~ [action:"Accept"; flags:"411908"] hey ~ {"procid":"1234"}
        <14>1 2026-11-29T10:00:00Z host-k app - - [ a@1 b="1"] hey ~ host-k ~ app ~ = ~ [ a@1 b="1"] hey ~
        <13>1 2026-11-29T10:00:00Z host-8d app 1 - [GC pause young] hey ~ host-8d ~ app ~ = ~ [GC pause young] hey ~
        <13>1 2026-11-29T10:00:00Z host-8d app - - [empty] hey ~ host-8d ~ app ~ = ~ hey ~ {"empty":{}}
        <13>1 2026-11-29T10:00:00Z host-8d app - - [main]hey ~ host-8d ~ app ~ = ~ [main]hey ~
        <165>1 2026-11-29T10:00:00.348120+00:00 gw-4b logger - - subsys=hey ~ gw-4b ~ logger ~ .348 ~ subsys=hey ~
        <14>1 2026-11-29T10:00:00Z host-4e app 77 hey ~ host-4e ~ app ~ = ~ hey ~ {"procid":"77"}
        <14>1 2026-11-29T10:00:00Z host-4e app 77 hey you there ~ host-4e ~ app ~ = ~ hey you there ~ {"procid":"77"}
        <14>1 2026-11-29T10:00:00Z host-4e app - hey you there ~ host-4e ~ app ~ = ~ hey you there ~
        <14>1 2026-11-29T10:00:00Z host-4e app hey you there ~ host-4e ~ app ~ = ~ hey you there ~
        <14>1 2026-11-29T10:00:00Z host-4e app 77 [a@1 b="c"] hey ~ host-4e ~ app ~ = ~ hey ~ {"procid":"77","a@1":{"b":"c"}}
        <14>1 2026-11-29T10:00:00Z host-4e app [a@1 b="c"] hey ~ host-4e ~ app ~ = ~ hey ~ {"a@1":{"b":"c"}}
        <14>1 2026-11-29T10:00:00Z host-4g app - - -hey ~ host-4g ~ app ~ = ~ -hey ~
        <14>1 2026-11-29T10:00:00Z host-3n app - - {"k":"hey"} ~ host-3n ~ app ~ = ~ {"k":"hey"} ~
        <40>1 2026-11-29T10:00:00+00:00 d.app-4r heroku router - at=info hey ~ d.app-4r ~ heroku ~ = ~ at=info hey ~ {"procid":"router"}
        <190>1 2026-11-29T10:00:00+00:00 d.app-4r app web.1 - hey you ~ d.app-4r ~ app ~ = ~ hey you ~ {"procid":"web.1"}
        <14>1 2026-11-29T10:00:00Z host-4e app[12]: hey ~ host-4e ~ app ~ = ~ hey ~ {"procid":"12"}
        <14>1 2026-11-29T10:00:00Z app[12]: hey ~ ~ app ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00Z host-4e hey ~ host-4e ~ ~ = ~ hey ~
        <14>1  2026-11-29T10:00:00Z host-4e app - - - hey ~ host-4e ~ app ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00Z 2026 app - - - hey ~ ~ app ~ = ~ hey ~
        <14>1 2026-11-29T10:00:00Z CET app - - - hey ~ ~ app ~ = ~ hey ~
        <14>1 2026-13-29T10:00:00Z host-4e app 77 hey ~ host-4e ~ app ~ ~ hey ~ {"procid":"77"}
        <14>1 - host-4e app - - hey ~ host-4e ~ app ~ ~ hey ~
        <14>2 2026-11-29T10:00:00Z host-4e app - - - hey ~ host-4e ~ app ~ = ~ hey ~
        <14>1 apple a day keeps ~ ~ ~ ~ 1 apple a day keeps ~
        <14>1 user logged in successfully today - welcome ~ ~ ~ ~ 1 user logged in successfully today - welcome ~
        <14>1 user17 logged in successfully today - welcome ~ ~ ~ ~ 1 user17 logged in successfully today - welcome ~
        <14>1 10GB of disk on sda - free ~ ~ ~ ~ 1 10GB of disk on sda - free ~
        <14>1 file written to disk1 today [x y="z"] done ~ ~ ~ ~ 1 file written to disk1 today [x y="z"] done ~
        <14>1 1234 items left in queue today ~ ~ ~ ~ 1 1234 items left in queue today ~
        <14>1 29.11.2026T10:00:00Z host-4e app - - - hey ~ host-4e ~ app ~ ~ hey ~ {"timestamp":"29.11.2026T10:00:00Z"}
        <14>1 20261129T100000Z host-4e app 7 ID [a@1 b="c"] hey ~ host-4e ~ app ~ ~ hey ~ {"timestamp":"20261129T100000Z","procid":"7","msgid":"ID","a@1":{"b":"c"}}
        <14>1 yesterday host-4e app - - - hey ~ host-4e ~ app ~ ~ hey ~ {"timestamp":"yesterday"}
        <14>1 11/29/2026 10:00:00 host-4e app - - - hey ~ host-4e ~ app ~ ~ hey ~ {"timestamp":"11/29/2026 10:00:00"}
        <14>1 2026-13-29T10:00:00Z host-4e app - - - hey ~ host-4e ~ app ~ ~ hey ~ {"timestamp":"2026-13-29T10:00:00Z"}
        <14>1 - host-4e app - - - hey ~ host-4e ~ app ~ ~ hey ~
        <14>Nov 29 10:00:00 ch-a clickhouse-server[12]: {a-b} <Debug> executeQuery: hey ~ ch-a ~ clickhouse-server ~ = ~ {a-b} <Debug> executeQuery: hey ~
        <14>1 2026-11-29T10:00:00.123456+00:00 ch-a clickhouse-server 12 Application - hey ~ ch-a ~ clickhouse-server ~ .123 ~ hey ~ {"msgid":"Application"}
        # without a priority
        Nov 29 10:00:00 host-a app[1]: hey ~ host-a ~ app ~ = ~ hey ~
        2026-11-29T10:00:00Z host-a app[1]: hey ~ host-a ~ app ~ = ~ hey ~
        1 2026-11-29T10:00:00Z host-a app - - - hey ~ host-a ~ app ~ = ~ hey ~
        Nov 29 10:00:00.663: %SYS-5-CONFIG_I: hey ~ ~ %SYS-5-CONFIG_I ~ .663 ~ hey ~
        2026-11-29 10:00:00 worker Queue: hey ~ ~ ~ ~ 2026-11-29 10:00:00 worker Queue: hey ~
        Nov 29 10:00:00 link to kitchen is down ~ ~ ~ ~ Nov 29 10:00:00 link to kitchen is down ~
        2026-11-29T10:00:00Z INFO starting up: hey ~ ~ ~ ~ 2026-11-29T10:00:00Z INFO starting up: hey ~
        just some words: x ~ ~ ~ ~ just some words: x ~
        2026 was a good year heya ~ ~ ~ ~ 2026 was a good year heya ~
        """)
    void header_isRead(String message, String device, String service, String time, String text, String attributes) {
        assertRead(message, device, service, time, text, attributes);
    }

    /** As it is, in each of the headers in which senders write a word in the place of the host. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026", "1999", "00076", "12345", "0", ".123", "0.5", ",123", "123456", "10:00:00", "10:00",
                        "10:00:00.123",
                "2026-11-29", "2026/11/29", "29.11.2026", "+01:00", "-0500", "+2", "UTC", "GMT", "CET", "CEST", "PST",
                        "JST",
                "MSK", "Z", "GMT+1", "UTC+01:00", "Europe/Paris", "INFO", "WARNING", "DEBUG", "(none)", "<unknown>",
                        "--", "=",
                "host:", "[pid", "\"host\"", "%ASA-6-302013", "2026-11-29T10:00:00Z", "2026-11-29T10:00:00.123+01:00"
            })
    void wordThatIsNoHost_neverBecomesADevice(String word) {
        for (String header : new String[] {
            "<13>Nov 29 10:00:00 WORD hey",
            "<13>Nov 29 10:00:00 WORD app: hey",
            "<13>2026-11-29T10:00:00Z WORD app: hey",
            "<14>1 2026-11-29T10:00:00Z WORD app - - - hey",
            "<14>1 2026-11-29T10:00:00Z WORD app hey you",
            "<13>Nov 29 10:00:00 2026 WORD app[1]: hey",
            "<189>47: WORD: Nov 29 10:00:00: %SYS-5-CONFIG_I: hey"
        }) {
            Line line = read(header.replace("WORD", word));
            DeviceId named = parser.device();
            assertThat(named).as(header).isNull();
            assertThat(line.message()).as(header).contains("hey");
        }
    }
}
