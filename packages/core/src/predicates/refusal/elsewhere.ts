/** Words that show that a message is not about a refused captcha. */

import { anyOf } from './any-of.ts'

const listed = (...lines: readonly string[]) => anyOf(lines.join('|'))

/** A sentence that also mentions one of these may refuse that instead. */
export const otherCause = listed(
  'password*|passcode|credential*|credencia*|credenzial*|zugangsdaten|anmeldedaten|username*|user name*|user id|email*|e-mail*|phone*|attempts|session*|csrf|xsrf|nonce|coupon*|card',
  'form has expired|form expired|page has expired|page expired|pin|ticket*|gate*|station*',
  'passwort*|kennwort*|benutzername*|anmeldeversuch*|fehlversuch*|sitzung*',
  'contraseña*|usuario*|correo*|intentos|sesión|senha*|tentativas|sessão|usuário*',
  "mot de passe|nom d'utilisateur|identifiant*|courriel|tentatives|nome utente|sessione|tentativi",
  'wachtwoord*|gebruikersnaam|sessie|hasł*|nazwa użytkownika|sesja|hesl*|uživatelské jméno|relace',
  'şifre*|parola*|kullanıcı ad*|oturum*|lösenord*|användarnamn|jelsz*|felhasználónév',
  'парол*|логин*|сесси*|почт*|попыток|сесі*|mật khẩu|tên đăng nhập|phiên|kata sandi|nama pengguna|sesi',
  '密码|密碼|用户名|用戶名|账号|帳號|邮箱|郵箱|手机|手機|短信|簡訊|会话|會話',
  'パスワード|ユーザー名|メールアドレス|セッション|비밀번호|아이디|이메일|세션',
  'كلمة المرور|اسم المستخدم|البريد|الجلسة|گذرواژه|رمز عبور|نام کاربری|ایمیل|نشست',
)

/** A message with one of these says that no token was checked: a rate limit, an outage, a misconfigured site. */
export const outage = listed(
  'unavailable|busy|overload*|technical|at this time|at the moment|temporar*|not available|intern*|server error|service*|network*|connect*|unreachable|reach*|later',
  'misconfigur*|configur*|not set up|secret|site key|sitekey|api key|public key|private key|load*|javascript|cookies',
  'not found|uncaught|undefined|fatal error|php|syntax|pars*|variable|argument|expected|should not exist',
  'timeout*|read timed out|operation timed out|request timed out|verification timed out|validation timed out|check timed out',
  'timed out after|deadline*|curl*|http*|status code|error code 5*|500|502|503|504|gateway|upstream|proxy|dns|no such host',
  'resolve host*|name resolution|socket*|ssl*|tls*|handshake|certificate*|fetch*|eof|i/o|broken pipe|unexpected*|cannot read',
  'no response|empty response|etimedout|econn*|enotfound|ehost*|enet*|epipe|eai|getaddrinfo',
  'zeitüberschreitung|tiempo de espera|tempo limite|délai*|превышено время|тайм-аут*|таймаут*|czas oczekiwania|zaman aşımı',
  '超时|超時|逾時|连接|連線|连不上|网络|網路|タイムアウト|接続|通信|시간 초과|네트워크|연결',
  'geladen|charger|chargement|cargar|carregar|caric*|laden|załadow*|ladda|загруз*|завантаж*|加载失败|載入失敗|読み込みに失敗',
  'provider*|environment|type|key|id|skipped|maintenance|quota|rate limit*|too many|too often|too fast|disabled|contact support',
  'zu viele|vorübergehend|später|dienst|demasiad*|temporalmente|servicio|más tarde',
  'trop de|temporairement|plus tard|troppi|servizio|più tardi|muitas|temporariamente|serviço|mais tarde',
  'te veel|tijdelijk|zbyt wiele|tymczasowo|usługa|później|wewnętrzn*|çok fazla|geçici|hizmet|daha sonra|dahili',
  'слишком много|временно|сервис*|позже|внутрен*|занадто багато|тимчасово|сервіс*|пізніше|внутрішн*',
  'quá nhiều|tạm thời|dịch vụ|nội bộ|terlalu banyak|sementara|layanan|nanti|příliš mnoho|dočasně|služba|později|vnitřní',
  'för många|tillfälligt|tjänst*|senare|túl sok|átmenetileg|később|belső',
  '频繁|次数|頻繁|次數|内部错误|內部錯誤|服务|服務|暂时|暫時|稍后|稍後',
  '回数|一時的|サービス|内部エラー|後ほど|しばらく|너무 많|일시적|서비스|내부 오류|나중에',
  'كثيرة|مؤقت|خدمة|داخلي|لاحق|بیش از حد|موقت|سرویس|داخلی|بعدا',
)

/** What follows one of these lists what may be wrong. */
export const possibleCauses = listed(
  'possible reason*|possible cause*|possible explanation*|common reason*|common cause*|likely reason*|likely cause*',
  'one of the following|one of these|any of the following|may be because|might be because|could be because',
  'may be due to|might be due to|could be due to|can happen|may happen|can be caused',
  'mögliche ursache*|mögliche gründe|möglicher grund|einer der folgenden|eine der folgenden',
  'posibles causas|posibles razones|posibles motivos|puede deberse|una de las siguientes|uno de los siguientes',
  'possíveis causas|possíveis motivos|possíveis razões|pode ser porque|uma das seguintes|um dos seguintes',
  "causes possibles|raisons possibles|l'une des raisons|l'une des causes|peut être dû|peut être due",
  'possibili cause|possibili motivi|possibili ragioni|uno dei seguenti|una delle seguenti|può essere dovuto',
  'mogelijke oorzak*|mogelijke reden*|een van de volgende|możliwe przyczyny|możliwe powody|jeden z następujących',
  'olası neden*|olası sebep*|возможные причины|возможная причина|можливі причини|можлива причина',
  'nguyên nhân có thể|lý do có thể|kemungkinan penyebab|možné příčiny|možné důvody|möjliga orsaker|lehetséges ok*',
  '可能的原因|可能原因|原因可能|考えられる原因|次のいずれか|가능한 원인|다음 중 하나|الأسباب المحتملة|دلایل احتمالی',
)

/** If an answer mentions one of these, a word for a code may mean theirs. */
export const otherCode = listed(
  'sms*|otp|2fa|two-factor|authenticator|cvv*|cvc*|cvn|credit card|creditcard|kreditkarte*|carte bancaire',
  'carte de crédit|tarjeta*|cartão|carta di credito|kredi kart*|банковск*|短信|簡訊|手机|手機|邮箱|郵箱|邮件|郵件|动态码|動態碼|发送|發送|获取验证码|獲取驗證碼',
)
