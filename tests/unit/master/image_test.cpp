#include "common/service/image_reader.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/master/image_builder.h"

namespace gp::service {
namespace {

ImageBuilder good()
{
    ImageBuilder builder;
    builder.add_service("smtpd", 2);
    builder.add_service("qmgr", 1, stays_over_reload);
    builder.add_tcp("smtpd", "[127.0.0.1]:2525", 2525);
    builder.add_unix("qmgr", "control");
    builder.add_block("instance", "", "for all");
    builder.add_block("params", "smtpd", "for smtpd");
    return builder;
}

TEST(Image, AGoodOneIsTaken)
{
    const auto octets = good().build();
    const auto image = Image::parse(octets);
    ASSERT_TRUE(image) << image.error().text;
    EXPECT_EQ(image->services().size(), 2u);
    EXPECT_EQ(image->listeners().size(), 2u);
    ASSERT_EQ(image->blocks().size(), 2u);
    EXPECT_EQ(image->octets(image->blocks()[1]), "for smtpd");
    EXPECT_EQ(text_of(image->service("qmgr")->program), "qmgr");
    EXPECT_EQ(image->service("nobody"), nullptr);
}

TEST(Image, EveryShorterPieceIsRefused)
{
    const auto octets = good().build();
    for (std::size_t size = 0; size < octets.size(); ++size)
        EXPECT_FALSE(Image::parse(std::string_view(octets).substr(0, size))) << size;
}

TEST(Image, OneThatIsNotSealedIsRefused)
{
    auto memory = process::make_memfd("test");
    ASSERT_TRUE(memory);
    const auto octets = good().build();
    ASSERT_EQ(::write(memory->get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    EXPECT_FALSE(Image::open(std::move(*memory)));
    auto sealed = process::sealed_memfd("test", octets);
    EXPECT_TRUE(Image::open(std::move(*sealed)));
}

// A change of the header after its numbers were set right.
struct HeaderCase {
    const char* name;
    std::function<void(ImageHeader&)> change;
};

class ImageHeaderField : public testing::TestWithParam<HeaderCase> {};

TEST_P(ImageHeaderField, ThatIsWrongIsRefused)
{
    auto octets = good().build();
    ImageHeader header;
    std::memcpy(&header, octets.data(), sizeof header);
    GetParam().change(header);
    std::memcpy(octets.data(), &header, sizeof header);
    const auto image = Image::parse(octets);
    ASSERT_FALSE(image);
    EXPECT_NE(image.error().text.find("image is damaged"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    , ImageHeaderField,
    testing::Values(
        HeaderCase{"magic", [](auto& h) { h.magic[7] = '9'; }},
        HeaderCase{"no_services", [](auto& h) { h.services = 0; }},
        HeaderCase{"one_service_more", [](auto& h) { h.services += 1; }},
        HeaderCase{"services", [](auto& h) { h.services = max_services + 1; }},
        HeaderCase{"most_services", [](auto& h) { h.services = UINT32_MAX; }},
        HeaderCase{"listeners", [](auto& h) { h.listeners = max_listeners + 1; }},
        HeaderCase{"most_listeners", [](auto& h) { h.listeners = UINT32_MAX; }},
        HeaderCase{"blocks", [](auto& h) { h.blocks = max_blocks + 1; }},
        HeaderCase{"most_blocks", [](auto& h) { h.blocks = UINT32_MAX; }},
        HeaderCase{"one_block_more", [](auto& h) { h.blocks += 1; }},
        HeaderCase{"flags", [](auto& h) { h.flags = 1u << 31; }},
        HeaderCase{"size_small", [](auto& h) { h.size -= 1; }},
        HeaderCase{"size_large", [](auto& h) { h.size = UINT64_MAX; }},
        HeaderCase{"no_deadline", [](auto& h) { h.stop_deadline = 0; }},
        HeaderCase{"deadline", [](auto& h) { h.stop_deadline = UINT32_MAX; }},
        HeaderCase{"restart_wait", [](auto& h) { h.restart_wait = UINT32_MAX; }},
        HeaderCase{"restart_longest", [](auto& h) { h.restart_longest = UINT32_MAX; }},
        HeaderCase{"restart_healthy", [](auto& h) { h.restart_healthy = UINT32_MAX; }},
        HeaderCase{"no_spool", [](auto& h) { h.spool_directory[0] = 0; }},
        HeaderCase{"root_spool", [](auto& h) { set_text(h.spool_directory, "/"); }},
        HeaderCase{"relative_spool", [](auto& h) { set_text(h.spool_directory, "var/spool"); }},
        HeaderCase{"dots_in_spool", [](auto& h) { set_text(h.spool_directory, "/var/../etc"); }},
        HeaderCase{"newline_in_spool", [](auto& h) { set_text(h.spool_directory, "/var\n/x"); }},
        HeaderCase{"unterminated_spool",
                   [](auto& h) { std::memset(h.spool_directory, '/', sizeof h.spool_directory); }},
        HeaderCase{"relative_pid_file", [](auto& h) { set_text(h.pid_file, "pid"); }},
        HeaderCase{"unterminated_pid_file", [](auto& h) { std::memset(h.pid_file, '/', sizeof h.pid_file); }},
        HeaderCase{"root_owner", [](auto& h) { h.spool_uid = 0; }},
        HeaderCase{"root_group", [](auto& h) { h.spool_uid = 1000, h.spool_gid = 0; }},
        HeaderCase{"half_owner", [](auto& h) { h.spool_uid = 1000; }}),
    [](const auto& tested) { return std::string(tested.param.name); });

// A change of a row before the image is put together.
struct RowCase {
    const char* name;
    std::function<void(ImageBuilder&)> change;
};

class ImageRow : public testing::TestWithParam<RowCase> {};

TEST_P(ImageRow, ThatIsWrongIsRefused)
{
    auto builder = good();
    GetParam().change(builder);
    EXPECT_FALSE(Image::parse(builder.build()));
}

INSTANTIATE_TEST_SUITE_P(
    , ImageRow,
    testing::Values(
        RowCase{"service_without_name", [](auto& b) { b.services[0].name[0] = 0; }},
        RowCase{"service_path", [](auto& b) { set_text(b.services[0].program, "../bin/sh"); }},
        RowCase{"service_unterminated", [](auto& b) { std::memset(b.services[0].name, 'a', 32); }},
        RowCase{"program_unknown", [](auto& b) { set_text(b.services[0].program, "sh"); }},
        RowCase{"program_unterminated", [](auto& b) { std::memset(b.services[0].program, 'a', 32); }},
        RowCase{"service_twice", [](auto& b) { set_text(b.services[1].name, "smtpd"); }},
        RowCase{"no_processes", [](auto& b) { b.services[0].processes = 0; }},
        RowCase{"processes", [](auto& b) { b.services[0].processes = 1000; }},
        RowCase{"most_processes", [](auto& b) { b.services[0].processes = UINT32_MAX; }},
        RowCase{"sum_of_processes", [](auto& b) { b.services[0].processes = b.services[1].processes = 100; }},
        RowCase{"no_sessions", [](auto& b) { b.services[0].max_sessions = 0; }},
        RowCase{"root", [](auto& b) { b.services[0].uid = 0, b.services[0].gid = 1; }},
        RowCase{"root_group", [](auto& b) { b.services[0].uid = 1, b.services[0].gid = 0; }},
        RowCase{"half_user", [](auto& b) { b.services[0].uid = 1; }},
        RowCase{"service_flags", [](auto& b) { b.services[0].flags = 1u << 20; }},
        RowCase{"memory", [](auto& b) { b.services[0].max_memory_mib = UINT32_MAX; }},
        RowCase{"files", [](auto& b) { b.services[0].max_files = UINT32_MAX; }},
        RowCase{"service_reserved", [](auto& b) { b.services[0].reserved = 1; }},
        RowCase{"listener_service", [](auto& b) { set_text(b.listeners[0].service, "nobody"); }},
        RowCase{"listener_service_unterminated",
                [](auto& b) { std::memset(b.listeners[0].service, 'a', 32); }},
        RowCase{"listener_label", [](auto& b) { set_text(b.listeners[0].label, "a\nb"); }},
        RowCase{"listener_no_label", [](auto& b) { b.listeners[0].label[0] = 0; }},
        RowCase{"listener_label_unterminated", [](auto& b) { std::memset(b.listeners[0].label, 'a', 48); }},
        RowCase{"family", [](auto& b) { b.listeners[0].address.ss_family = AF_NETLINK; }},
        RowCase{"address_length", [](auto& b) { b.listeners[0].address_length = 4; }},
        RowCase{"address_length_huge", [](auto& b) { b.listeners[0].address_length = UINT32_MAX; }},
        RowCase{"tcp_as_unix", [](auto& b) { b.listeners[0].flags = unix_socket; }},
        RowCase{"listener_flags", [](auto& b) { b.listeners[0].flags = 1u << 30; }},
        RowCase{"tcp_mode", [](auto& b) { b.listeners[0].mode = 0644; }},
        RowCase{"backlog", [](auto& b) { b.listeners[0].backlog = UINT32_MAX; }},
        RowCase{"unix_mode", [](auto& b) { b.listeners[1].mode = 04755; }},
        RowCase{"unix_without_flag", [](auto& b) { b.listeners[1].flags = 0; }},
        RowCase{"unix_path",
                [](auto& b) {
                    sockaddr_un address{};
                    address.sun_family = AF_UNIX;
                    set_text(address.sun_path, "../control");
                    std::memcpy(&b.listeners[1].address, &address, sizeof address);
                }},
        RowCase{"unix_abstract",
                [](auto& b) {
                    sockaddr_un address{};
                    address.sun_family = AF_UNIX;
                    std::memcpy(&b.listeners[1].address, &address, sizeof address);
                }},
        RowCase{"unix_unterminated",
                [](auto& b) {
                    sockaddr_un address{};
                    address.sun_family = AF_UNIX;
                    std::memset(address.sun_path, 'a', sizeof address.sun_path);
                    std::memcpy(&b.listeners[1].address, &address, sizeof address);
                }},
        RowCase{"block_name", [](auto& b) { b.blocks[0].first.name[0] = 0; }},
        RowCase{"block_unterminated", [](auto& b) { std::memset(b.blocks[0].first.name, 'a', 48); }},
        RowCase{"block_service", [](auto& b) { set_text(b.blocks[0].first.service, "nobody"); }},
        RowCase{"block_service_unterminated",
                [](auto& b) { std::memset(b.blocks[0].first.service, 'a', 32); }}),
    [](const auto& tested) { return std::string(tested.param.name); });

// Offsets and sizes are set by the builder, so they are broken afterwards.
class ImageBlockPlace : public testing::TestWithParam<std::pair<std::uint64_t, std::uint64_t>> {};

TEST_P(ImageBlockPlace, OutsideOfTheImageIsRefused)
{
    const auto builder = good();
    auto octets = builder.build();
    const auto at = sizeof(ImageHeader) + 2 * sizeof(ImageService) + 2 * sizeof(ImageListener);
    ImageBlock row;
    std::memcpy(&row, octets.data() + at, sizeof row);
    row.offset = GetParam().first;
    row.size = GetParam().second;
    std::memcpy(octets.data() + at, &row, sizeof row);
    EXPECT_FALSE(Image::parse(octets));
}

INSTANTIATE_TEST_SUITE_P(, ImageBlockPlace,
                         testing::Values(std::pair{0ul, 1ul}, std::pair{100ul, 1ul},
                                         std::pair{UINT64_MAX, 1ul}, std::pair{UINT64_MAX, UINT64_MAX},
                                         std::pair{3000ul, UINT64_MAX}, std::pair{1ul << 40, 0ul}));

// Whatever the octets are: refused or taken, never a crash.
TEST(Image, FlippedOctetsNeverCrash)
{
    const auto octets = good().build();
    for (std::size_t at = 0; at < octets.size(); ++at)
        for (int value : {0x00, 0x01, 0x7f, 0xff}) {
            auto changed = octets;
            changed[at] = static_cast<char>(value);
            const auto image = Image::parse(changed);
            if (!image)
                continue;
            for (const auto& block : image->blocks())
                EXPECT_LE(image->octets(block).size(), changed.size());
        }
}

}
}
