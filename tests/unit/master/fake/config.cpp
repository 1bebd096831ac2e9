// The config program of the fake suite: what image it makes is said by the file that --config names, one word
// and its values a line; "fail N" ends it with that status.

#include <unistd.h>

#include <fstream>
#include <sstream>

#include "common/ipc/codec.h"
#include "common/process/memfd.h"
#include "common/service/instance.h"
#include "tests/unit/master/image_builder.h"

int main(int argc, char** argv)
{
    using namespace gp;
    std::string file;
    int descriptor = -1;
    for (int i = 1; i + 1 < argc; ++i) {
        if (std::string_view(argv[i]) == "--config")
            file = argv[i + 1];
        if (std::string_view(argv[i]) == "--image-descriptor")
            descriptor = std::stoi(argv[i + 1]);
    }
    std::ifstream in{file};
    service::ImageBuilder builder;
    service::Instance instance;
    std::string greeting;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string word, name;
        unsigned number = 0, flags = 0;
        words >> word >> name >> number >> flags;
        if (word == "fail")
            return std::stoi(name);
        if (word == "spool") {
            service::set_text(builder.header.spool_directory, name);
            instance.spool_directory = name;
        }
        if (word == "service")
            builder.add_service(name, number, flags);
        if (word == "user") {
            instance.uid = instance.gid = static_cast<std::uint32_t>(std::stoul(name));
            builder.header.spool_uid = builder.header.spool_gid = instance.uid;
        }
        if (word == "listen")
            builder.add_tcp(name, "test", static_cast<std::uint16_t>(number));
        if (word == "unix")
            builder.add_unix("qmgr", name);
        if (word == "greeting")
            greeting = name;
        if (word == "bind_retries") {
            builder.header.bind_retries = static_cast<std::uint32_t>(std::stoul(name));
            builder.header.bind_wait = 1;
        }
        if (word == "stop_deadline")
            builder.header.stop_deadline = static_cast<std::uint32_t>(std::stoul(name));
    }
    for (auto& row : builder.services)
        row.uid = builder.header.spool_uid, row.gid = builder.header.spool_gid;
    builder.add_block("instance", "", ipc::encode(instance));
    builder.add_block("params", "", greeting);
    auto memory = process::sealed_memfd("test", builder.build());
    return memory && process::send_datagram(descriptor, "image", memory->get()) ? 0 : 70;
}
