#include "conf/image_writer.h"

#include <gtest/gtest.h>

#include "common/service/image_reader.h"

namespace gp::conf {
namespace {

ImageWriter writer()
{
    ImageWriter made;
    made.header().stop_deadline = 30;
    made.header().spool_uid = static_cast<uid_t>(-1);
    made.header().spool_gid = static_cast<gid_t>(-1);
    EXPECT_TRUE(put_text(made.header().spool_directory, "/var/spool/gatepost", "spool_directory"));
    service::ImageService row{};
    EXPECT_TRUE(put_text(row.name, "router", "service"));
    EXPECT_TRUE(put_text(row.program, "router", "program"));
    row.processes = 1;
    row.max_sessions = 1;
    row.uid = static_cast<uid_t>(-1);
    row.gid = static_cast<gid_t>(-1);
    made.add(row);
    return made;
}

TEST(ImageWriter, MakesWhatMasterTakes)
{
    auto made = writer();
    ASSERT_TRUE(made.add_block("flat", "router", "text"));
    ASSERT_TRUE(made.add_block("instance", "", "instance"));
    ASSERT_TRUE(made.add_block("copy", "router", "text"));
    const auto octets = made.finish();
    ASSERT_TRUE(octets) << octets.error().text;
    const auto image = service::Image::parse(*octets);
    ASSERT_TRUE(image) << image.error().text;
    ASSERT_EQ(image->blocks().size(), 3u);
    EXPECT_EQ(image->octets(image->blocks()[1]), "instance");
    EXPECT_EQ(image->octets(image->blocks()[2]), "text");
    EXPECT_EQ(image->blocks()[0].offset, image->blocks()[2].offset); // stored once
}

TEST(ImageWriter, RefusesWhatDoesNotFit)
{
    service::ImageHeader header{};
    const auto fits = put_text(header.spool_directory, std::string(255, 'a'), "spool_directory");
    EXPECT_TRUE(fits);
    const auto too_long = put_text(header.spool_directory, std::string(256, 'a'), "spool_directory");
    ASSERT_FALSE(too_long);
    EXPECT_NE(too_long.error().text.find("spool_directory"), std::string::npos);
    auto made = writer();
    for (std::uint32_t i = 0; i <= service::max_blocks; ++i)
        ASSERT_TRUE(made.add_block("b" + std::to_string(i), "", "x"));
    EXPECT_FALSE(made.finish());
}

}
}
