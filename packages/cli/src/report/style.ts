import { feedbackStates } from '@regotcha-feedback/core/outbox-file'
import { Markup } from './markup.ts'

/** Light or dark theme by the reader's preference; light on paper. */
export const style = new Markup(`
:root{color-scheme:light dark;
--ground:#f5f6f8;--card:#fff;--ink:#15181e;--soft:#545c6b;--line:#e2e5ea;--track:#eef0f3;--warn:#9a4b00;--warn-ground:#fff7ec;
--accepted:#0f766e;--rejected:#d1521b;--undecided:#858d9b;--delivered:#2f62d9;--pending:#6f8fe0;--held:#b7791f;--dead:#c0303a;--expired:#8f3d6a;--dropped:#858d9b;--conflict:#c0303a}
@media screen and (prefers-color-scheme:dark){:root{
--ground:#0e1116;--card:#171b22;--ink:#e9ebef;--soft:#a0a8b6;--line:#2a303b;--track:#222833;--warn:#f5b665;--warn-ground:#221b12;
--accepted:#2bb5a4;--rejected:#f08a4b;--undecided:#7f8898;--delivered:#6f9bff;--pending:#4668b5;--held:#dda23a;--dead:#f0707a;--expired:#c77aa6;--dropped:#7f8898;--conflict:#f0707a}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
#report{max-width:1180px;margin:0 auto;padding:48px 32px 32px}
.skip{position:absolute;left:16px;top:-60px;background:var(--card);color:var(--ink);padding:8px 16px;border-radius:8px}
.skip:focus{top:12px}
:focus-visible{outline:3px solid var(--delivered);outline-offset:2px;border-radius:4px}
h1,h2,h3,p,dl,dd,figure{margin:0}
h1{font-size:40px;line-height:1.15;letter-spacing:-.022em;font-weight:680}
h2{font-size:22px;letter-spacing:-.01em;margin:44px 0 16px}
h3{font-size:16px;font-weight:640}
.eyebrow{font-size:13px;font-weight:640;letter-spacing:.04em;color:var(--accepted);margin-bottom:4px}
.period,figcaption p,.nothing p,.tile dd:last-child,footer,.rest{color:var(--soft)}
.period{margin-top:8px}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--track);padding:.1em .4em;border-radius:5px;overflow-wrap:anywhere}
.card,figure,.tile{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(180px,1fr));gap:16px;margin-top:32px}
.tile dt{font-size:14px;color:var(--soft)}
.tile .figure{font-size:34px;line-height:1.2;font-weight:660;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile.main .figure{color:var(--accepted)}
.tile dd:last-child{font-size:14px}
.attention{margin-top:16px;border-color:color-mix(in srgb,var(--warn) 35%,var(--line));background:var(--warn-ground)}
.attention h2{margin:0 0 8px;font-size:17px;color:var(--warn)}
.attention.calm{background:var(--card);border-color:var(--line)}
.attention.calm h2{color:var(--accepted)}
.card>h2:first-child{margin-top:0}
.attention ul,.card ul{margin:0;padding-left:20px}
.card p+ul,.card ul+p{margin-top:12px}
li+li{margin-top:4px}
.grid{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:16px}
.full{grid-column:1/-1}
figure{display:flex;flex-direction:column;gap:14px;min-width:0}
figcaption p,.nothing p{font-size:14px;margin-top:2px;overflow-wrap:anywhere}
.legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;font-size:13px;color:var(--soft)}
.legend li{margin:0;display:flex;align-items:center;gap:7px}
.swatch{width:11px;height:11px;border-radius:3px}
.chart{container-type:inline-size;flex:1}
.chart>div{display:none}
.chart>.narrow{display:block}
@container (min-width:440px){.chart>.narrow{display:none}.chart>.medium{display:block}}
@container (min-width:860px){.chart>.medium:not(:last-child){display:none}.chart>.wide{display:block}}
svg{display:block;width:100%;height:auto;max-width:660px;font-size:12.5px;fill:var(--ink)}
.wide svg{max-width:none}
svg .tick{fill:var(--soft);font-size:12px;font-variant-numeric:tabular-nums}
svg .value{fill:var(--soft);font-variant-numeric:tabular-nums}
svg .rule{stroke:var(--line)}
svg .track{fill:var(--track)}
svg .hover{fill:transparent}
svg g:hover>.hover{fill:var(--track)}
svg path.rate{fill:none;stroke:var(--accepted);stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}
svg circle.rate{fill:var(--card);stroke:var(--accepted);stroke-width:2}
${['accepted', 'rejected', 'undecided', ...feedbackStates]
  .map((kind) => `.${kind}{fill:var(--${kind});background:var(--${kind})}`)
  .join('\n')}
.verdicts{fill:var(--accepted)}
details{font-size:14px}
summary{cursor:pointer;color:var(--soft);width:fit-content}
summary:hover{color:var(--ink)}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.scroll{overflow:auto;max-height:420px;margin-top:10px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;font-weight:400;padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-size:13px;position:sticky;top:0;background:var(--card)}
tbody th{overflow-wrap:anywhere}
td.number{white-space:nowrap}
.rest{font-size:13px;margin-top:8px}
footer{font-size:13px;margin-top:40px}
@media (max-width:860px){.grid{grid-template-columns:minmax(0,1fr)}#report{padding:28px 16px}h1{font-size:32px}.card,figure,.tile{padding:18px 16px}.tiles{grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:12px}.tile .figure{font-size:28px}}
@media print{@page{margin:14mm}
body{background:#fff;font-size:13px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
#report{padding:0;max-width:none}.skip,details:not([open]),summary{display:none}
.grid{grid-template-columns:repeat(2,minmax(0,1fr));align-items:start}.full svg{max-width:560px;margin:0 auto}
figure,.card,.tile{break-inside:avoid;padding:14px}
.grid:has([open]),figure:has([open]){display:block}.grid:has([open])>*{margin-bottom:12px}figure:has([open]){break-inside:auto}
figcaption,.legend,h3{break-after:avoid}figcaption,.chart,tr{break-inside:avoid}figure:has([open]) .chart{margin:12px 0}thead th{position:static}
h2{break-after:avoid;margin:24px 0 10px}h1{font-size:30px}.tiles{margin-top:16px;gap:10px;grid-template-columns:repeat(5,1fr)}.tile .figure{font-size:24px}
.scroll{max-height:none;overflow:visible}}
`)
