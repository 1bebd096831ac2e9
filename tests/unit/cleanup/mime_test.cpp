// What scan finds in a MIME message, beside what Exim 4.96 says of the same octets.

#include <gtest/gtest.h>

#include <filesystem>

#include "cleanup/scan/mime.h"
#include "cleanup/scan/mime_decoder.h"
#include "cleanup/scan/mime_fields.h"
#include "cleanup/scan/reader.h"
#include "tests/support/temp_dir.h"

namespace gp::scan {
namespace {

std::string in_crlf(std::string_view text)
{
    std::string out;
    for (const char c : text)
        out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
}

struct Taken {
    std::string headers, body;
    DissectReply reply;
    std::string content(std::size_t index) const
    {
        std::string room, out;
        const auto raw = content_at(body, reply.parts.at(index).path, 1 << 20, room);
        EXPECT_TRUE(raw);
        MimeDecoder decoder{reply.parts[index].path.back().encoding};
        decoder.add(*raw, out);
        decoder.finish(out);
        return out;
    }
    const mail::MimePart& told(std::size_t index) const { return reply.parts.at(index).told; }
};

Taken take(std::string_view message, const MimeLimits& limits = {})
{
    const auto text = in_crlf(message);
    const auto end = text.find("\r\n\r\n");
    Taken taken{text.substr(0, end + 2), text.substr(end + 4), {}};
    taken.reply = dissect(taken.headers, taken.body, limits);
    return taken;
}

MimeFields fields_of(std::string_view headers)
{
    return read_fields(in_crlf(headers), 8192);
}

constexpr std::string_view nested = "Content-Type: multipart/mixed; boundary=ABC\n\npreamble\n--ABC\n"
                                    "Content-Type: text/PLAIN; CHARSET=\"utf-8\"; name=\"a b;c.txt\"\n"
                                    "Content-Description: A  nice   Description; with more\nContent-ID: <Foo@Bar  baz>\n"
                                    "Content-Transfer-Encoding: Quoted-Printable\n\na=20b=\nc=zz\nsoft = \nend=\n"
                                    "--ABC\nContent-Type: message/rfc822\n\nSubject: inner\n"
                                    "Content-Type: multipart/alternative; boundary=INNER\n\n--INNER\nContent-Type: text/plain\n\nin1\n"
                                    "--INNER\nContent-Type: text/html\n\nin2\n--INNER--\n"
                                    "--ABC\nContent-Type: application/octet-stream; name=x.bin\nContent-Transfer-Encoding: base64\n\n"
                                    "aGVsbG8gd29ybGQ=\n--ABC\nContent-Type: multipart/related; boundary=\"QQ\"\n\n--QQ\n"
                                    "Content-Disposition: attachment; filename=one.txt\n\nattached\n--QQ\n\nno headers\n--QQ--\n"
                                    "--ABC--\nepilogue\n";

TEST(MimeParts, ComeInOrderAndThoseOfAttachedMessagesLast)
{
    const auto taken = take(nested);
    std::string seen;
    for (const auto& part : taken.reply.parts)
        seen += std::to_string(part.told.number) + (part.told.is_attached ? "a" : "") + (part.told.is_cover ? "c" : "") + " ";
    EXPECT_EQ(seen, "0c 1c 2 3 4 5 6 0ac 1ac 2ac ");
    EXPECT_EQ(taken.told(1).type, "text/plain");
    EXPECT_EQ(taken.told(1).filename, "a b;c.txt");
    EXPECT_EQ(taken.told(1).charset, "utf-8");
    EXPECT_EQ(taken.told(1).id, "<foo@barbaz>");
    EXPECT_EQ(taken.told(1).description, "anicedescription");
    EXPECT_EQ(taken.told(1).encoding, "quoted-printable");
    EXPECT_EQ(taken.told(5).disposition, "attachment");
    EXPECT_EQ(taken.told(7).boundary, "INNER");
}

TEST(MimeParts, ContentIsWhatLiesBetweenTheDelimiters)
{
    const auto taken = take(nested);
    EXPECT_EQ(taken.content(1), "a bc=zz\nsoft end");
    EXPECT_EQ(taken.content(3), "hello world");
    EXPECT_EQ(taken.content(5), "attached\n");
    EXPECT_EQ(taken.content(6), "no headers\n");
    EXPECT_EQ(taken.content(8), "in1\n");
    EXPECT_TRUE(taken.content(0).ends_with("--ABC--\nepilogue\n"));
}

TEST(MimeParts, AnAttachedMessageThatIsEncodedIsLookedInto)
{
    const auto taken = take("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                            "Q29udGVudC1UeXBlOiB0ZXh0L3BsYWluOyBuYW1lPWRlZXAKCmJvZHkK\n");
    ASSERT_EQ(taken.reply.parts.size(), 2u);
    EXPECT_EQ(taken.told(1).filename, "deep");
    EXPECT_TRUE(taken.told(1).is_attached);
    EXPECT_EQ(taken.content(1), "body\n");
}

TEST(MimeParts, NothingHidesBehindADelimiterThatIsMissing)
{
    const auto unclosed = take("Content-Type: multipart/mixed; boundary=OUT\n\n--OUT\nContent-Type: multipart/mixed; boundary=IN\n\n"
                               "--IN\nContent-Type: text/plain; name=in1\n\nunclosed\n--OUT\nContent-Type: text/plain; name=out2\n\nx\n");
    ASSERT_EQ(unclosed.reply.parts.size(), 4u);
    EXPECT_EQ(unclosed.told(3).filename, "out2");
    EXPECT_EQ(unclosed.content(2), "unclosed\n");
    const auto headers_only = take("Content-Type: multipart/mixed; boundary=AA\n\n--AA\nContent-Type: text/plain; name=1\n--AA\n"
                                   "Content-Type: text/plain; name=2\n\nx\n--AA");
    ASSERT_EQ(headers_only.reply.parts.size(), 4u);
    EXPECT_EQ(headers_only.told(1).filename, "1");
    EXPECT_EQ(headers_only.content(3), "");
}

TEST(MimeParts, ALineThatGoesOnBehindTheBoundaryIsADelimiter)
{
    const auto taken = take("Content-Type: multipart/mixed; boundary=\"a b\"\n\n--a b\nContent-Type: x; name=1\n\none\n"
                            "--a bcdef\nContent-Type: x; name=2\n\ntwo\n--a b--junk\nContent-Type: x; name=3\n\nthree\n");
    ASSERT_EQ(taken.reply.parts.size(), 3u);
    EXPECT_EQ(taken.content(1), "one\n");
    EXPECT_EQ(taken.told(2).filename, "2");
}

TEST(MimeParts, LimitsAreNamed)
{
    std::string many = "Content-Type: multipart/mixed; boundary=A\n\n";
    for (int i = 0; i < 50; ++i)
        many += "--A\n\nx\n";
    EXPECT_EQ(take(many, {.parts = 20}).reply.exceeded, "mime_parts_max");
    std::string deep = "Content-Type: multipart/mixed; boundary=B0\n\n";
    for (int i = 0; i < 50; ++i)
        deep += "--B" + std::to_string(i) + "\nContent-Type: multipart/mixed; boundary=B" + std::to_string(i + 1) + "\n\n";
    EXPECT_EQ(take(deep).reply.exceeded, "mime_depth_max");
    std::string attached = "Content-Type: message/rfc822\n";
    for (int i = 0; i < 50; ++i)
        attached += "\nContent-Type: message/rfc822\n";
    EXPECT_EQ(take(attached).reply.exceeded, "mime_depth_max");
    EXPECT_EQ(take("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + std::string(1000, 'A'), {.decoded = 100}).reply.exceeded,
              "mime_decode_limit");
    EXPECT_EQ(take(nested).reply.exceeded, "");
}

TEST(MimeFields, ReadParametersAsEximDoes)
{
    EXPECT_EQ(fields_of("Content-Type: text/plain; charset=\"utf-8\"\"\n").charset, "utf-8;");
    EXPECT_EQ(fields_of("Content-Type: text/plain;\n\tgarbage1;\n\tgarbage3=\"bar\"foo;\n\tcharset=UTF-8;\n\tgarbage4=\";\n").charset, "UTF-8");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name=foo bar.txt\n").filename, "foo bar.txt");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name=\"fold\n ed.txt\"\n").filename, "folded.txt");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name=x(y).txt\n").filename, "x(y).txt");
    EXPECT_EQ(fields_of("Content-Type: text/plain (a comment); name=x\n").type, "text/plain");
    EXPECT_EQ(fields_of("Content-Type:text/plain;name = spaced.exe ; charset = \"x y\"\n").filename, "spaced.exe");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name=ct.txt\nContent-Disposition: attachment; filename=cd.txt\n").filename, "cd.txt");
    EXPECT_EQ(fields_of("Content-Disposition: attachment; filename=cd.txt\nContent-Type: text/plain; name=ct.txt\n").filename, "ct.txt");
    EXPECT_EQ(fields_of("Content-Type: text/html;\n        charset=UTF-8;\n        name=\"\"\n").filename, "");
}

TEST(MimeFields, ReadNamesInTheirFourForms)
{
    EXPECT_EQ(fields_of("Content-Disposition: attachment; filename=\"=?iso-8859-1?Q?test_=E4_test1?=\"\n").filename, "test \xe4 test1");
    EXPECT_EQ(fields_of("Content-Disposition: attachment; filename*=ISO-8859-1''%74%65%73%74%20%E4\n").filename, "test \xe4");
    EXPECT_EQ(fields_of("Content-Type: application/pdf;\n name*=''2015.11.13%20-%20Pr%C3%A4.PDF\n").filename, "2015.11.13 - Pr\xc3\xa4.PDF");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name*0=\"long \"; name*1=\"file\"; name*2=.exe\n").filename, "long file.exe");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name*1=second; name*0=first\n").filename, "firstsecond");
    EXPECT_EQ(fields_of("Content-Type: text/plain; name*0*=iso-8859-1'en'a%20%E4; name*1*=b%20c; name*2=d.txt\n").filename, "a \xe4" "b cd.txt");
}

TEST(MimeDecoder, GivesTheSameHoweverThePiecesAreCut)
{
    const std::pair<std::string_view, std::string_view> encodings[] = {
        {"base64", "aGVsbG8gd29ybGQ=\r\nYQ==\r\nYWI\r\n"}, {"quoted-printable", "a=20b  \r\nsoft=  \r\nnext =3d=C3=A4\r\n=zz\r\nlast"},
        {"", "one\r\ntwo\r\r\nthree\r"}};
    for (const auto& [encoding, text] : encodings) {
        std::string whole;
        MimeDecoder at_once{encoding};
        at_once.add(text, whole);
        at_once.finish(whole);
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            std::string out;
            MimeDecoder decoder{encoding};
            decoder.add(text.substr(0, cut), out);
            decoder.add(text.substr(cut), out);
            decoder.finish(out);
            EXPECT_EQ(out, whole) << encoding << " cut at " << cut;
            EXPECT_EQ(decoder.anomaly(), at_once.anomaly());
        }
    }
}

TEST(MimeDecoder, TellsWhatIsBroken)
{
    std::string out;
    MimeDecoder base64{"base64"};
    base64.add("aGVs%%%bG8=", out);
    base64.finish(out);
    EXPECT_EQ(out, "hello");
    EXPECT_EQ(base64.anomaly(), 2);
    EXPECT_EQ(base64.anomaly_text(), "Broken BASE64 encoding detected");
}

TEST(Scratch, TakesNoNameThatLeadsElsewhere)
{
    const test::TempDir place;
    const Scratch scratch{place.path()};
    const auto nothing = [](const Scratch::Sink& sink) { return sink("x"); };
    const std::string id = "1xUqzO-0004F0-24";
    for (const std::string name : {"../x", "/etc/x", "..", ".", "", "a/b"})
        EXPECT_FALSE(scratch.make(id, name, nothing)) << name;
    EXPECT_FALSE(scratch.make("../../x", "x", nothing));
    const auto made = scratch.make(id, "good name.exe", nothing);
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(*made, std::string(place.path()) + "/" + id + "/good name.exe");
    scratch.forget(id);
    EXPECT_FALSE(std::filesystem::exists(std::string(place.path()) + "/" + id));
}

}
}
