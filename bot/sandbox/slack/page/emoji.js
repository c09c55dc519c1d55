// Emoji shortcodes to characters: the ones an incident channel meets.
const TABLE = `
smile 😄 slightly_smiling_face 🙂 grinning 😀 joy 😂 wink 😉 blush 😊 thinking_face 🤔 sweat_smile 😅 cry 😢 sob 😭
scream 😱 exploding_head 🤯 sunglasses 😎 neutral_face 😐 confused 😕 worried 😟 face_with_monocle 🧐 eyes 👀 brain 🧠
+1 👍 thumbsup 👍 -1 👎 thumbsdown 👎 clap 👏 wave 👋 pray 🙏 raised_hands 🙌 ok_hand 👌 muscle 💪 point_right 👉
point_left 👈 point_up 👆 point_down 👇 handshake 🤝 raising_hand 🙋 hand ✋
white_check_mark ✅ heavy_check_mark ✔️ ballot_box_with_check ☑️ x ❌ negative_squared_cross_mark ❎ heavy_multiplication_x ✖️
warning ⚠️ exclamation ❗ grey_exclamation ❕ question ❓ grey_question ❔ bangbang ‼️ no_entry ⛔ no_entry_sign 🚫
octagonal_sign 🛑 information_source ℹ️ rotating_light 🚨 sos 🆘 construction 🚧 fire 🔥 boom 💥 zap ⚡ bomb 💣 skull 💀
red_circle 🔴 large_orange_circle 🟠 orange_circle 🟠 large_yellow_circle 🟡 yellow_circle 🟡 large_green_circle 🟢 green_circle 🟢
large_blue_circle 🔵 blue_circle 🔵 large_purple_circle 🟣 purple_circle 🟣 white_circle ⚪ black_circle ⚫ large_red_square 🟥
red_square 🟥 large_green_square 🟩 large_yellow_square 🟨 large_orange_square 🟧 white_small_square ▫️ black_small_square ▪️
white_large_square ⬜ black_large_square ⬛ small_red_triangle 🔺 small_red_triangle_down 🔻 large_blue_diamond 🔷 small_blue_diamond 🔹
small_orange_diamond 🔸 arrow_up ⬆️ arrow_down ⬇️ arrow_right ➡️ arrow_left ⬅️ arrow_upper_right ↗️ arrow_lower_right ↘️
arrows_counterclockwise 🔄 arrow_forward ▶️ double_vertical_bar ⏸️ black_square_for_stop ⏹️ fast_forward ⏩ rewind ⏪ repeat 🔁
hourglass ⌛ hourglass_flowing_sand ⏳ stopwatch ⏱️ timer_clock ⏲️ alarm_clock ⏰ clock1 🕐 clock3 🕒 clock9 🕘 calendar 📆 date 📅
spiral_calendar_pad 🗓️ mag 🔍 mag_right 🔎 microscope 🔬 telescope 🔭 satellite 🛰️ satellite_antenna 📡 stethoscope 🩺 test_tube 🧪
bar_chart 📊 chart_with_upwards_trend 📈 chart_with_downwards_trend 📉 clipboard 📋 memo 📝 pencil ✏️ pencil2 ✏️ notebook 📓
ledger 📒 books 📚 bookmark 🔖 paperclip 📎 pushpin 📌 round_pushpin 📍 link 🔗 scroll 📜 page_facing_up 📄 package 📦 label 🏷️
card_index_dividers 🗂️ file_folder 📁 open_file_folder 📂 wastebasket 🗑️ inbox_tray 📥 outbox_tray 📤 email 📧 envelope ✉️
bell 🔔 no_bell 🔕 loudspeaker 📢 mega 📣 speech_balloon 💬 thought_balloon 💭 phone ☎️ telephone_receiver 📞 pager 📟
lock 🔒 unlock 🔓 key 🔑 shield 🛡️ closed_lock_with_key 🔐 gear ⚙️ wrench 🔧 hammer 🔨 hammer_and_wrench 🛠️ nut_and_bolt 🔩
toolbox 🧰 magnet 🧲 electric_plug 🔌 battery 🔋 computer 💻 desktop_computer 🖥️ floppy_disk 💾 cd 💿 globe_with_meridians 🌐
earth_africa 🌍 cloud ☁️ rain_cloud 🌧️ lightning 🌩️ sunny ☀️ sunrise 🌅 crescent_moon 🌙 snowflake ❄️ rainbow 🌈 star ⭐ star2 🌟
sparkles ✨ tada 🎉 rocket 🚀 checkered_flag 🏁 triangular_flag_on_post 🚩 dart 🎯 trophy 🏆 medal 🏅 bulb 💡 seedling 🌱
herb 🌿 robot_face 🤖 ghost 👻 alien 👽 bug 🐛 snail 🐌 turtle 🐢 whale 🐳 coffee ☕ pizza 🍕 beer 🍺 heart ❤️ green_heart 💚
yellow_heart 💛 blue_heart 💙 broken_heart 💔 100 💯 heavy_plus_sign ➕ heavy_minus_sign ➖ bust_in_silhouette 👤
busts_in_silhouette 👥 detective 🕵️ firefighter 🧑‍🚒 technologist 🧑‍💻 construction_worker 👷 scales ⚖️ balance_scale ⚖️
traffic_light 🚦 vertical_traffic_light 🚦 ambulance 🚑 fire_engine 🚒 anchor ⚓ compass 🧭 map 🗺️ door 🚪 broom 🧹 ticket 🎫
keycap_ten 🔟 one 1️⃣ two 2️⃣ three 3️⃣ four 4️⃣ five 5️⃣ zero 0️⃣ zzz 💤 dash 💨 droplet 💧 radio_button 🔘 grey_heart 🩶 abacus 🧮`;

const EMOJI = new Map();
const words = TABLE.trim().split(/\s+/);
for (let i = 0; i + 1 < words.length; i += 2) EMOJI.set(words[i], words[i + 1]);

export const emoji = (name) => EMOJI.get(name.replaceAll(":", ""));
export const PALETTE = ["+1", "eyes", "white_check_mark", "x", "tada", "pray", "rotating_light", "fire", "thinking_face", "heart", "rocket", "100"];

/** Plain text with shortcodes replaced. */
export const withEmoji = (text) => String(text ?? "").replace(/:([a-z0-9_+-]+):/g, (whole, name) => emoji(name) ?? whole);
