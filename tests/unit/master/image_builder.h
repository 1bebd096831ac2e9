// An image for tests, made by hand: good at first, and then as wrong as a test wants it.
#pragma once

#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/service/control_frame.h"
#include "common/service/image.h"

namespace gp::service {

template <std::size_t N>
void set_text(char (&into)[N], std::string_view text)
{
    std::memset(into, 0, N);
    text.copy(into, N - 1);
}

struct ImageBuilder {
    ImageHeader header{};
    std::vector<ImageService> services;
    std::vector<ImageListener> listeners;
    std::vector<std::pair<ImageBlock, std::string>> blocks;

    explicit ImageBuilder(std::string_view spool = "/var/spool/gatepost-test")
    {
        std::memcpy(header.magic, image_magic, sizeof header.magic);
        header.stop_deadline = 5;
        header.restart_wait = 1;
        header.restart_longest = 60;
        header.restart_healthy = 10;
        set_text(header.spool_directory, spool);
        header.spool_uid = static_cast<uid_t>(-1);
        header.spool_gid = static_cast<gid_t>(-1);
    }

    ImageService& add_service(std::string_view name, std::uint32_t processes = 1, std::uint32_t flags = 0)
    {
        ImageService row{};
        set_text(row.name, name);
        set_text(row.program, name);
        row.processes = processes;
        row.max_sessions = 100;
        row.uid = static_cast<uid_t>(-1);
        row.gid = static_cast<gid_t>(-1);
        row.flags = flags;
        return services.emplace_back(row);
    }

    ImageListener& add_tcp(std::string_view service, std::string_view label, std::uint16_t port)
    {
        ImageListener row{};
        set_text(row.service, service);
        set_text(row.label, label);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        std::memcpy(&row.address, &address, sizeof address);
        row.address_length = sizeof address;
        row.backlog = 20;
        return listeners.emplace_back(row);
    }

    ImageListener& add_unix(std::string_view service, std::string_view name)
    {
        ImageListener row{};
        set_text(row.service, service);
        set_text(row.label, name);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        set_text(address.sun_path, name);
        std::memcpy(&row.address, &address, sizeof address);
        row.address_length = sizeof address;
        row.flags = unix_socket;
        row.mode = 0666;
        return listeners.emplace_back(row);
    }

    void add_block(std::string_view name, std::string_view service, std::string octets)
    {
        ImageBlock row{};
        set_text(row.name, name);
        set_text(row.service, service);
        blocks.emplace_back(row, std::move(octets));
    }

    // With all counts and offsets right.
    std::string build() const
    {
        auto head = header;
        head.services = static_cast<std::uint32_t>(services.size());
        head.listeners = static_cast<std::uint32_t>(listeners.size());
        head.blocks = static_cast<std::uint32_t>(blocks.size());
        std::uint64_t at = sizeof head + services.size() * sizeof(ImageService) +
                           listeners.size() * sizeof(ImageListener) + blocks.size() * sizeof(ImageBlock);
        std::string tables, octets;
        for (const auto& row : services)
            append(tables, row);
        for (const auto& row : listeners)
            append(tables, row);
        for (auto [row, content] : blocks) {
            row.offset = at + octets.size();
            row.size = content.size();
            append(tables, row);
            octets += content;
        }
        head.size = at + octets.size();
        std::string image;
        append(image, head);
        return image + tables + octets;
    }

    template <class Row>
    static void append(std::string& out, const Row& row)
    {
        out.append(reinterpret_cast<const char*>(&row), sizeof row);
    }
};

}
